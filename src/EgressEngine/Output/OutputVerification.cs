namespace Egress.Output;

/// <summary>What a destination is like, held against its journal.</summary>
public sealed class OutputVerification
{
    /// <summary>The destination: full path or URI.</summary>
    public required string Destination { get; init; }

    /// <summary>Whether every file that the journal has is there as it has it, and no line of the journal is damaged.</summary>
    public bool IsSound => Missing + Damaged + Unreadable == 0 && DamagedJournalLines == 0;

    /// <summary>Files that the journal has.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes of the files that are as the journal has them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether the content of every file was read; otherwise only its size was looked at.</summary>
    public required bool IsContentRead { get; init; }

    /// <summary>Files that are gone.</summary>
    public long Missing => Count(OutputFinding.Missing);

    /// <summary>Files whose size or checksum is another.</summary>
    public long Damaged => Count(OutputFinding.Damaged);

    /// <summary>Files that could not be read.</summary>
    public long Unreadable => Count(OutputFinding.Unreadable);

    /// <summary>Files that the journal does not have. They make nothing unsound.</summary>
    public long Unrecorded => Count(OutputFinding.Unrecorded);

    /// <summary>Lines of the journal that are damaged and count as not written.</summary>
    public required long DamagedJournalLines { get; init; }

    /// <summary>Runs that have written here.</summary>
    public required long Runs { get; init; }

    /// <summary>Runs that did not come to their end: killed, stopped, ended by a fault, or still going on.</summary>
    public required long UnfinishedRuns { get; init; }

    /// <summary>How many different settings the outputs were made with: more than one only after -Force.</summary>
    public required int SettingsCount { get; init; }

    /// <summary>The problems, by path.</summary>
    public required IReadOnlyList<OutputProblem> Problems { get; init; }

    private long Count(OutputFinding finding) => Problems.LongCount(problem => problem.Finding == finding);
}
