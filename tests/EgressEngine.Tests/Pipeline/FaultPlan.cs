using Egress.Runtime;

namespace Egress.Tests.Pipeline;

/// <summary>Where a fault or a delay can be planted.</summary>
internal enum FaultPoint
{
    Loader,
    CopyIn,
    Compute,
    CopyOut,
    EventRecord,
    EventWait,
    Processor,
    Allocate,
}

/// <summary>The planted error, so that a test can tell it from any other.</summary>
internal sealed class PlantedFaultException(FaultPoint point) : Exception($"planted at {point}")
{
    public FaultPoint Point => point;
}

/// <summary>
/// Random short delays at every hand-over, and a fault at the n-th passage of one of them. What happens at a passage depends on
/// the seed and the passage's number alone, and no lock is taken: a lock would order the stages and hide what is looked for.
/// </summary>
internal sealed class FaultPlan(int seed)
{
    private readonly long[] _passages = new long[Enum.GetValues<FaultPoint>().Length];
    private int _thrown;

    public FaultPoint? FaultAt { get; init; }

    /// <summary>The passage that fails, from 1.</summary>
    public long FaultAtPassage { get; init; } = 1;

    /// <summary>The longest delay; 0: none.</summary>
    public int MaxDelayMicroseconds { get; init; }

    /// <summary>Every n-th item cannot be loaded; 0: none.</summary>
    public int BadItemEvery { get; init; }

    /// <summary>Every n-th item cannot be stored; 0: none.</summary>
    public int BadOutputEvery { get; init; }

    /// <summary>Whether the fault's passage was reached.</summary>
    public bool Thrown => Volatile.Read(ref _thrown) != 0;

    public bool IsBadItem(long number) => BadItemEvery > 0 && number % BadItemEvery == BadItemEvery - 1;

    public bool IsBadOutput(long number) => BadOutputEvery > 0 && number % BadOutputEvery == BadOutputEvery / 2;

    /// <summary>A stage passes: it may be held up, and it may fail.</summary>
    public void Reach(FaultPoint point)
    {
        var passage = Interlocked.Increment(ref _passages[(int)point]);
        Delay(Mix(((ulong)seed << 32) ^ ((ulong)point << 24) ^ (ulong)passage));
        if (point == FaultAt && passage == FaultAtPassage)
        {
            Volatile.Write(ref _thrown, 1);
            throw new PlantedFaultException(point);
        }
    }

    private void Delay(ulong random)
    {
        if (MaxDelayMicroseconds == 0)
        {
            return;
        }

        var amount = (int)((random >> 8) % (ulong)MaxDelayMicroseconds);
        switch (random % 8)
        {
            case 0:
                Thread.Yield();
                break;
            case 1:
                Thread.SpinWait(amount);
                break;
            case 2:
                Libc.Sleep(TimeSpan.FromMicroseconds(amount));
                break;
            default:
                break;
        }
    }

    // The finaliser of SplitMix64: neighbours become independent.
    private static ulong Mix(ulong value)
    {
        value += 0x9E37_79B9_7F4A_7C15;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
