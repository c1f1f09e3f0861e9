namespace Egress.Models.Archives;

/// <summary>One file of a zip archive.</summary>
/// <param name="Name">Its path in the archive.</param>
/// <param name="IsStored">Whether it lies there as it is; otherwise deflated.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="StoredBytes">How many bytes of the archive it takes.</param>
/// <param name="Bytes">How many bytes it has.</param>
/// <param name="Crc">The CRC-32 of its bytes.</param>
/// <param name="RecordOffset">Where its record in the directory begins.</param>
/// <param name="RecordBytes">The size of that record.</param>
internal sealed record ArchiveEntry(
    string Name, bool IsStored, long Offset, long StoredBytes, long Bytes, uint Crc, long RecordOffset, int RecordBytes);
