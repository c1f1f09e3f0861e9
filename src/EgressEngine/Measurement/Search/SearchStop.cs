namespace Egress.Measurement.Search;

/// <summary>Why a search ended. Texts, so that they stay themselves in JSON and tables.</summary>
public static class SearchStop
{
    /// <summary>Nothing that was not tried can be expected to be better.</summary>
    public const string Converged = nameof(Converged);

    /// <summary>The most runs were made.</summary>
    public const string RunLimit = nameof(RunLimit);

    /// <summary>The time was up.</summary>
    public const string TimeLimit = nameof(TimeLimit);

    /// <summary>Everything was tried.</summary>
    public const string Exhausted = nameof(Exhausted);
}
