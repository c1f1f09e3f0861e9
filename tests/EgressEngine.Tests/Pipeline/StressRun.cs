using Egress.Buffers;
using Egress.Devices;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>
/// Carries a <see cref="StressScenario"/> out and checks what must hold whatever happens: the run ends; the reason is the right one;
/// exactly what was done is reported, in order and with its own content; every buffer, block and thread is given back; and the same
/// devices and pool serve a further run.
/// </summary>
internal static class StressRun
{
    private const int ItemsAfterwards = 25;

    /// <summary>Runs the scenario; returns whether its fault was reached.</summary>
    public static bool Execute(StressScenario scenario)
    {
        var context = scenario.ToString();
        var leaks = new LeakCheck();
        var lanes = Enumerable.Range(0, scenario.Lanes).Select(_ => scenario.CreateLane()).ToList();
        var pool = scenario.CallersPool && scenario.Strategy.UsesPool
            ? new HostBufferPool(
                scenario.Buffers,
                scenario.BatchSize * lanes[0].Session.Output.Bytes,
                bytes => lanes[0].Device.AllocateHost(bytes, scenario.Strategy.Memory))
            : null;
        var thrown = RunOnce(scenario, scenario.Plan, lanes, pool, scenario.Items, context);
        RunOnce(
            scenario with { FaultAt = null, End = ScenarioEnd.Complete, SlowConsumerEvery = 0 },
            scenario.CalmPlan, lanes, pool, ItemsAfterwards, $"The run after: {context}");

        pool?.Remove();
        foreach (var (device, session) in lanes)
        {
            device.Dispose();
            session.Dispose();
        }

        leaks.AssertNothingLeft(context);
        return thrown;
    }

    private static bool RunOnce(
        StressScenario scenario, FaultPlan plan, List<(IDevice Device, IInferenceSession Session)> devices, HostBufferPool? pool,
        int items, string context)
    {
        var journal = new WorkJournal();
        var sessions = devices.ConvertAll(lane => new FaultySession(lane.Session, plan));
        var lanes = devices.Zip(sessions, (lane, session) => new PipelineLane(new FaultyDevice(lane.Device, plan), session)).ToList();

        BatchPipeline<MarkedItem, bool> pipeline;
        try
        {
            pipeline = new BatchPipeline<MarkedItem, bool>(
                scenario.Options with { BufferPool = pool }, lanes, scenario.CreateLoader(plan, journal),
                scenario.CreateChecker(plan, journal));
        }
        catch (PlantedFaultException error) when (error.Point == FaultPoint.Allocate)
        {
            return true;
        }

        List<ItemOutcome<MarkedItem, bool>> outcomes = [];
        Exception? reason = null;
        Bounded.Run(
            context,
            () =>
            {
                reason = Drive(pipeline, scenario, items, outcomes);
                pipeline.Dispose();
            },
            pipeline.Describe);

        AssertReason(scenario, plan, reason, outcomes, items, context);
        if (scenario.End != ScenarioEnd.Dispose)
        {
            journal.AssertReported(outcomes, context, scenario.IsDone);
        }

        Assert.True(pool is null || pool.Available == pool.Count, $"The pool has {pool?.Available} of its buffers. {context}");
        Assert.All(sessions, session => Assert.True(session.LiveOutputs == 0, $"{session.LiveOutputs} outputs live on. {context}"));
        return plan.Thrown;
    }

    private static Exception? Drive(
        BatchPipeline<MarkedItem, bool> pipeline, StressScenario scenario, int items, List<ItemOutcome<MarkedItem, bool>> outcomes)
    {
        BoundedWork? canceller = null;
        var disposed = false;
        try
        {
            PipelineDriver.Submit(pipeline, 0, items, outcomes, number =>
            {
                if (scenario.SlowConsumerEvery > 0 && number % scenario.SlowConsumerEvery == 0)
                {
                    Thread.Sleep(1);
                }

                if (scenario.End == ScenarioEnd.Cancel && number == scenario.EndAtItem)
                {
                    canceller = Bounded.Start("cancelling", pipeline.Cancel);
                }
                else if (scenario.End == ScenarioEnd.Dispose && number == scenario.EndAtItem)
                {
                    pipeline.Dispose();
                    disposed = true;
                }
            }, scenario.IsDone);
            pipeline.CompleteInput();
            PipelineDriver.Drain(pipeline, outcomes);
            return null;
        }
        catch (ObjectDisposedException) when (disposed)
        {
            return null;
        }
        catch (Exception error) when (error is EgressException or OperationCanceledException)
        {
            return error;
        }
        finally
        {
            canceller?.Join();
        }
    }

    private static void AssertReason(
        StressScenario scenario, FaultPlan plan, Exception? reason, List<ItemOutcome<MarkedItem, bool>> outcomes, int items, string context)
    {
        switch (reason)
        {
            case null when scenario.End == ScenarioEnd.Dispose:
                break;
            case null:
                Assert.False(plan.Thrown, $"The fault is not reported. {context}");
                Assert.True(outcomes.Count == items, $"{outcomes.Count} of {items} items came out. {context}");
                break;
            case OperationCanceledException:
                Assert.True(scenario.End == ScenarioEnd.Cancel, $"Cancelled by nobody. {context}");
                break;
            default:
                var error = Assert.IsType<EgressException>(reason);
                Assert.Equal(EgressErrorId.PipelineFault, error.ErrorId);
                Assert.True(
                    error.InnerException is PlantedFaultException planted && planted.Point == scenario.FaultAt,
                    $"The reason is {error.InnerException}. {context}");
                break;
        }
    }
}
