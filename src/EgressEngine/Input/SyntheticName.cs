namespace Egress.Input;

/// <summary>What synthetic inputs are called: in results, and as files in a destination.</summary>
public static class SyntheticName
{
    /// <summary>The name of a synthetic picture or sequence.</summary>
    /// <param name="index">Which, from 0.</param>
    public static string Of(long index) => $"synthetic-{index:D6}";
}
