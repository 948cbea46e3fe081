import HDF5Format

extension FileEditor {
    /// Writes everything that is pending to the structures of the file.
    func settle() throws {
        guard hasPending else { return try globalHeap.flush() }
        try change {
            for dataset in pendingDatasets { try dataset.settle(in: self) }
            noteSettledDatasets()
            try globalHeap.flush()
            for group in pendingGroups { try GroupStorage.settle(group, in: self) }
            noteSettledGroups()
        }
    }
}
