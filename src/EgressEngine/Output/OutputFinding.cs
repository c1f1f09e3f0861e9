namespace Egress.Output;

/// <summary>How a file and the journal disagree.</summary>
public enum OutputFinding
{
    /// <summary>The journal has it and the destination does not.</summary>
    Missing,

    /// <summary>It is not as the journal has it: another size or checksum.</summary>
    Damaged,

    /// <summary>It is there and cannot be read.</summary>
    Unreadable,

    /// <summary>It is there and the journal does not have it: a killed run's last outputs, or somebody else's file.</summary>
    Unrecorded,
}

/// <summary>A file that is not as the journal has it.</summary>
/// <param name="Path">Full path or URI.</param>
/// <param name="Finding">What is wrong with it.</param>
/// <param name="Source">The input that it was made from, where the journal says.</param>
/// <param name="Detail">The values that differ.</param>
public sealed record OutputProblem(string Path, OutputFinding Finding, string? Source, string Detail);
