using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>How a run of the stress test ends, unless a fault ends it before.</summary>
internal enum ScenarioEnd
{
    /// <summary>All items go in and all outcomes are taken.</summary>
    Complete,

    /// <summary>Another thread cancels, and all outcomes are taken.</summary>
    Cancel,

    /// <summary>The run is disposed in the middle.</summary>
    Dispose,
}

/// <summary>A run of the stress test: everything about it that is chosen. All of it follows from a seed, so a failure can be repeated.</summary>
internal sealed record StressScenario
{
    private const int CpuItemBytes = 96;

    public required int Seed { get; init; }

    public required EgressStrategy Strategy { get; init; }

    public required bool OnCpu { get; init; }

    public required int Lanes { get; init; }

    public required int Workers { get; init; }

    public required int Loaders { get; init; }

    public required int BatchSize { get; init; }

    public required int Buffers { get; init; }

    public required bool CallersPool { get; init; }

    public required int Items { get; init; }

    public required int MaxDelayMicroseconds { get; init; }

    public required int BadItemEvery { get; init; }

    public required int BadOutputEvery { get; init; }

    public FaultPoint? FaultAt { get; init; }

    public long FaultAtPassage { get; init; } = 1;

    public ScenarioEnd End { get; init; }

    /// <summary>The item at which a cancel or a dispose comes.</summary>
    public int EndAtItem { get; init; }

    /// <summary>Every second group of so many items is submitted with its outcomes; 0: none.</summary>
    public int DoneGroup { get; init; }

    /// <summary>Every so many items the consumer is held up for a moment; 0: never.</summary>
    public int SlowConsumerEvery { get; init; }

    public static StressScenario FromSeed(int seed)
    {
        var random = new Random(seed);
        var batchSize = random.Next(1, 6);
        var items = batchSize * random.Next(20, 120);
        return new StressScenario
        {
            Seed = seed,
            Strategy = EgressStrategy.All[random.Next(EgressStrategy.All.Count)],
            OnCpu = random.Next(2) == 0,
            Lanes = random.Next(1, 4),
            Workers = random.Next(1, 5),
            Loaders = random.Next(1, 5),
            BatchSize = batchSize,
            Buffers = random.Next(1, 6),
            CallersPool = random.Next(2) == 0,
            Items = items,
            MaxDelayMicroseconds = random.Next(3) * 100,
            BadItemEvery = random.Next(3) == 0 ? random.Next(1, 8) : 0,
            BadOutputEvery = random.Next(3) == 0 ? random.Next(2, 8) : 0,
            FaultAt = random.Next(3) == 0 ? null : (FaultPoint)random.Next(Enum.GetValues<FaultPoint>().Length),
            FaultAtPassage = random.Next(1, items),
            End = (ScenarioEnd)Math.Max(0, random.Next(6) - 3),
            EndAtItem = random.Next(items),
            DoneGroup = random.Next(3) == 0 ? random.Next(1, 4 * batchSize) : 0,
            SlowConsumerEvery = random.Next(3) == 0 ? random.Next(5, 50) : 0,
        };
    }

    /// <summary>Whether the item is submitted with its outcome.</summary>
    public bool IsDone(long number) => DoneGroup > 0 && number / DoneGroup % 2 == 1;

    /// <summary>The run's options; the pool is the caller's to make.</summary>
    public PipelineOptions Options => new()
    {
        Strategy = Strategy,
        BatchSize = BatchSize,
        LoaderCount = Loaders,
        WorkerCount = Workers,
        BufferCount = Buffers,
    };

    /// <summary>A plan without the fault: for the run that comes after it over the same devices.</summary>
    public FaultPlan CalmPlan => new(Seed);

    public FaultPlan Plan => new(Seed)
    {
        FaultAt = FaultAt,
        FaultAtPassage = FaultAtPassage,
        MaxDelayMicroseconds = MaxDelayMicroseconds,
        BadItemEvery = BadItemEvery,
        BadOutputEvery = BadOutputEvery,
    };

    public (IDevice Device, IInferenceSession Session) CreateLane()
    {
        if (OnCpu)
        {
            return (new CpuDevice(), new XorSession(CpuItemBytes));
        }

        var device = new SimulatedDevice(SimulatedLanes.Timing(Seed % 3 * 0.05, Seed % 5 * 0.03, copyIn: Seed % 2 * 0.02));
        return (device, new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output));
    }

    public IItemLoader<MarkedItem> CreateLoader(FaultPlan plan, WorkJournal journal) =>
        OnCpu ? new PatternLoader(plan, journal) : new MarkLoader(plan, journal);

    public IOutputProcessor<MarkedItem, bool> CreateChecker(FaultPlan plan, WorkJournal journal) =>
        OnCpu ? new PatternChecker(plan, journal: journal) : new MarkChecker(plan, journal: journal);
}
