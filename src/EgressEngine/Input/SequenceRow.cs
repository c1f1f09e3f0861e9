namespace Egress.Input;

/// <summary>A sequence as a file or the pipeline gives it.</summary>
/// <param name="Id">Its id, or null where it has none.</param>
/// <param name="Text">Its text, or null where the row has none.</param>
/// <param name="Place">Its row in its source, from 1.</param>
public readonly record struct SequenceRow(string? Id, string? Text, long Place);
