namespace Egress.Output.Stores;

/// <summary>What a store knows of a file without reading it.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="ModifiedUtc">When its content was last changed, by the store's own clock.</param>
public readonly record struct StoredFile(long Bytes, DateTime ModifiedUtc);
