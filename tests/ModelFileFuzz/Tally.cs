namespace Egress.Fuzz;

/// <summary>What became of the files that a reader was given.</summary>
internal sealed class Tally
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public long Files { get; private set; }

    public long Taken { get; private set; }

    public int Findings { get; private set; }

    public double SlowestMilliseconds { get; private set; }

    /// <summary>Refused files by the reason's first words, numbers and names left out.</summary>
    public Dictionary<string, long> Refused { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts a file; returns what is wrong with how it was treated, once for each place in the code.</summary>
    public string? Add(Outcome outcome)
    {
        Files++;
        SlowestMilliseconds = Math.Max(SlowestMilliseconds, outcome.Milliseconds);
        if (outcome.Finding is not null)
        {
            Findings++;
            return _seen.Add(Place(outcome.Finding)) ? outcome.Finding : null;
        }

        if (outcome.Reason is null)
        {
            Taken++;
        }
        else
        {
            Refused[outcome.Reason] = Refused.GetValueOrDefault(outcome.Reason) + 1;
        }

        return null;
    }

    // The stack's lines; the message differs from file to file.
    private static string Place(string finding) => string.Join('\n', finding.Split('\n').Where(line => line.Contains("   at Egress.", StringComparison.Ordinal)));
}

/// <summary>What became of one file.</summary>
/// <param name="Reason">Why it was refused; null where it was taken.</param>
/// <param name="Finding">What is wrong with how it was treated.</param>
/// <param name="Milliseconds">How long it took.</param>
internal readonly record struct Outcome(string? Reason, string? Finding, double Milliseconds);
