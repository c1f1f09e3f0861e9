namespace Egress.Output.Journal;

/// <summary>One file of a commit, as the journal has it.</summary>
/// <param name="Name">Its name in the destination.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">The CRC-32C of its content.</param>
public sealed record CommittedFile(string Name, long Bytes, uint Checksum);
