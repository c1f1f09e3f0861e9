using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>
/// Proof that the checks of these tests see what they are there to see: pipelines with one hand-over broken give wrong outcomes, on
/// the simulated device and with real memory, and their intact twins give none.
/// </summary>
public sealed class HandOverTests
{
    private const int Items = 40;
    private static readonly TimeSpan ComputeTime = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan CopyTime = TimeSpan.FromMilliseconds(2);

    public static TheoryData<string, HandOverFlaw> Simulated => [..
        from strategy in EgressStrategy.All
        from flaw in Enum.GetValues<HandOverFlaw>()
        where IsPossible(strategy, flaw)
        select (strategy.Name, flaw)];

    public static TheoryData<string, HandOverFlaw> RealMemory => [..
        from strategy in EgressStrategy.All
        from flaw in Enum.GetValues<HandOverFlaw>()
        where IsPossible(strategy, flaw)

            // Within one stream a block that is reused is written to after the copy from it: no flaw there.
            && (flaw != HandOverFlaw.OutputReleasedBeforeEvent || strategy.Queue == CopyQueue.Egress)
        select (strategy.Name, flaw)];

    [Theory]
    [MemberData(nameof(Simulated))]
    public void A_broken_hand_over_shows_on_the_simulated_device(string strategy, HandOverFlaw flaw)
    {
        var device = new SimulatedDevice(SimulatedLanes.Timing(compute: 4, copy: 3, copyIn: 0.1));
        AssertCaught(
            strategy, flaw, device, new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output), new MarkLoader(), new MarkChecker());
    }

    [Theory]
    [MemberData(nameof(RealMemory))]
    public void A_broken_hand_over_shows_in_the_bytes_of_an_asynchronous_device(string strategy, HandOverFlaw flaw)
    {
        var device = new AsyncCpuDevice(CopyTime);
        AssertCaught(strategy, flaw, device, new XorSession(512, device.Compute, ComputeTime), new PatternLoader(), new PatternChecker());
    }

    [Theory]
    [InlineData(HandOverFlaw.None)]
    [InlineData(HandOverFlaw.BufferBeforeEvent)]
    [InlineData(HandOverFlaw.OutputReleasedBeforeEvent)]
    public void A_broken_hand_over_shows_in_the_bytes_of_the_cpu_device(HandOverFlaw flaw) =>
        AssertCaught(
            "Pipelined", flaw, new SlowCopyCpuDevice(new CpuDevice(), CopyTime), new XorSession(512), new PatternLoader(), new PatternChecker());

    private static bool IsPossible(EgressStrategy strategy, HandOverFlaw flaw) => flaw switch
    {
        // Memory that is not a pool's is freed with its batch: a copy that comes later would bring the process down.
        HandOverFlaw.BufferBeforeEvent => strategy.UsesPool,
        HandOverFlaw.CopyBeforeCompute => strategy.Queue == CopyQueue.Egress,
        _ => true,
    };

    private static void AssertCaught(
        string strategy, HandOverFlaw flaw, IDevice inner, IInferenceSession session, IItemLoader<MarkedItem> loader,
        IOutputProcessor<MarkedItem, bool> checker)
    {
        var device = new FlawedDevice(inner, flaw);
        var parsed = EgressStrategy.Parse(strategy);
        using var pool = new HostBufferPool(3, 2 * session.Output.Bytes, bytes => device.AllocateHost(bytes, parsed.Memory));
        var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = parsed, BatchSize = 2, WorkerCount = 2, BufferPool = pool },
            [new PipelineLane(device, device.Wrap(session))], loader, checker))
        {
            var result = PipelineDriver.Run(pipeline, Items);
            outcomes.AddRange(result.Outcomes);
            Assert.Null(result.Reason);
            Assert.Equal(Items, outcomes.Count);
        }

        // The copies that were not waited for end here, before their buffers are given back.
        device.Dispose();
        session.Dispose();

        var wrong = outcomes.Count(outcome => !outcome.Result);
        TestContext.Current.TestOutputHelper?.WriteLine($"{strategy}, {flaw}: {wrong} of {outcomes.Count} outcomes are wrong");
        if (flaw == HandOverFlaw.None)
        {
            Assert.Equal(0, wrong);
        }
        else
        {
            Assert.NotEqual(0, wrong);
        }
    }
}
