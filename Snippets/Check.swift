// Says what files do against the rules of h5USID.
//
//     swift run Check scan.h5

import HDF5
import USID

do {
    guard CommandLine.arguments.count == 2 else { throw H5Error(.invalidArgument, "usage: Check FILE") }
    // snippet.check
    let report = try USIDValidator().validate(H5File.open(CommandLine.arguments[1]))
    print(report)
    for finding in report.findings where finding.level == .must {
        print(finding.rule, finding.path, finding.advice ?? "")
    }
    // snippet.end
} catch {
    print(error)
}
