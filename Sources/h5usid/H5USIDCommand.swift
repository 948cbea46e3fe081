import ArgumentParser
import USID

/// The command line: which verb is meant.
struct H5USIDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: H5USID.name, abstract: "Slices, processes, translates, mends and copies h5USID and HDF5 files.",
        discussion: """
            EXAMPLES:
              h5usid slice scan.h5 --select 'Frequency=~325000' -o map.npy
                  the map at the frequency nearest to 325 kHz, for NumPy
              h5usid reduce scan.h5 --over X,Y -o spectrum.csv
                  the mean spectrum of all positions
              h5usid export scan.h5 -o scan.npy
                  all data, one axis per dimension
              h5usid process scan.h5 --name sho-fit
                  the resonance at every position; run again, it goes on where it was
              h5usid repack scan.h5 small.h5 --filter shuffle,gzip=6
                  the same content, compressed
              h5usid repack scan.h5 old.h5 --format earliest
                  a copy that every program reads
              h5usid translate scan.tif -o scan.h5
                  a picture as h5USID
              h5usid fix scan.h5 fixed.h5
                  a copy that keeps the rules of h5USID where that needs no guessing
              h5usid recover scan.h5
                  undoes what a crash left half-done

            EXIT CODES:
              0    done
              1    the answer is no
              2    a file cannot be read or written
              3    the format cannot hold what is to be written
              64   the command line makes no sense
              130  interrupted
            """,
        version: USIDBookKeeping.version,
        subcommands: [
            SliceCommand.self, ReduceCommand.self, ExportCommand.self, TranslateCommand.self, ProcessCommand.self,
            FixCommand.self,
            RepackCommand.self, RecoverCommand.self,
        ])
}
