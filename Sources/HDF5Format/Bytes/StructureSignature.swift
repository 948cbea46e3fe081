/// The four letters at the start of an on-disk structure, as the little-endian integer they form.
package enum StructureSignature: UInt32, CustomStringConvertible {
    case objectHeader = 0x5244_484F  // OHDR
    case objectHeaderContinuation = 0x4B48_434F  // OCHK
    case treeNode = 0x4545_5254  // TREE
    case symbolTableNode = 0x444F_4E53  // SNOD
    case localHeap = 0x5041_4548  // HEAP
    case globalHeap = 0x4C4F_4347  // GCOL
    case fractalHeap = 0x5048_5246  // FRHP
    case fractalHeapDirectBlock = 0x4244_4846  // FHDB
    case fractalHeapIndirectBlock = 0x4249_4846  // FHIB
    case btreeHeader = 0x4448_5442  // BTHD
    case btreeInternalNode = 0x4E49_5442  // BTIN
    case btreeLeafNode = 0x464C_5442  // BTLF
    case fixedArrayHeader = 0x4448_4146  // FAHD
    case fixedArrayDataBlock = 0x4244_4146  // FADB
    case extensibleArrayHeader = 0x4448_4145  // EAHD
    case extensibleArrayIndexBlock = 0x4249_4145  // EAIB
    case extensibleArraySuperBlock = 0x4253_4145  // EASB
    case extensibleArrayDataBlock = 0x4244_4145  // EADB
    case sharedMessageTable = 0x4254_4D53  // SMTB
    case sharedMessageList = 0x494C_4D53  // SMLI
    case freeSpaceManager = 0x4448_5346  // FSHD
    case freeSpaceList = 0x4553_5346  // FSSE
    case metadataCacheImage = 0x4943_444D  // MDCI

    package var description: String {
        var letters = ""
        for shift in [0, 8, 16, 24] as [UInt32] {
            letters.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: rawValue >> shift)))
        }
        return letters
    }
}
