namespace Egress.Cmdlets.Support;

/// <summary>The bounds of parameters that several cmdlets have: what one takes, all take.</summary>
internal static class Limits
{
    /// <summary>Items in a batch.</summary>
    public const int BatchSize = 65_536;

    /// <summary>Workers, and loaders.</summary>
    public const int Threads = 1024;

    /// <summary>Buffers of a pool.</summary>
    public const int Buffers = 4096;

    /// <summary>Classes of a network: labels are at most 16 bits wide.</summary>
    public const int Classes = short.MaxValue;

    /// <summary>The shortest side of what a network computes, in pixels.</summary>
    public const int ShortestSide = 16;

    /// <summary>The longest, likewise.</summary>
    public const int LongestSide = 16_384;

    /// <summary>Tokens of a sequence.</summary>
    public const int Tokens = 1_000_000;

    /// <summary>Steps of a measurement, and its runs.</summary>
    public const int Steps = 1_000_000;

    /// <summary>How often a configuration is measured.</summary>
    public const int Repetitions = 1000;
}
