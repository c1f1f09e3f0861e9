namespace Egress.Vectors;

/// <summary>Where a batch was stored.</summary>
/// <param name="Location">The file or table, without credentials.</param>
/// <param name="Bytes">Bytes that were written: of files their size, of databases that of the vectors.</param>
public readonly record struct VectorCommit(string Location, long Bytes);
