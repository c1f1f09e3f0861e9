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
/// Random short delays at every hand-over, and a fault at the n-th passage of one of them; all from one seed.
/// </summary>
internal sealed class FaultPlan(int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<FaultPoint, long> _passages = [];

    public FaultPoint? FaultAt { get; init; }

    public long FaultAtPassage { get; init; }

    public int MaxDelayMicroseconds { get; init; }

    /// <summary>Every n-th item is bad; 0: none.</summary>
    public int BadItemEvery { get; init; }

    public bool IsBadItem(long number) => BadItemEvery > 0 && number % BadItemEvery == BadItemEvery - 1;

    public void Reach(FaultPoint point, long number = 0)
    {
        bool fault;
        int delay;
        lock (_lock)
        {
            var passage = _passages[point] = _passages.GetValueOrDefault(point) + 1;
            fault = point == FaultAt && passage == FaultAtPassage;
            delay = MaxDelayMicroseconds > 0 && _random.Next(4) == 0 ? _random.Next(MaxDelayMicroseconds) : 0;
        }

        if (delay > 0)
        {
            Thread.SpinWait(delay % 50);
            if (delay > MaxDelayMicroseconds / 2)
            {
                Thread.Yield();
            }
        }

        if (fault)
        {
            throw new PlantedFaultException(point);
        }
    }
}
