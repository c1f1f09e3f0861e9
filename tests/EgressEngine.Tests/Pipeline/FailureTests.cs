using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Failures at awkward moments: while a run is made, while it is wound up, and of things that are not expected to fail.</summary>
public sealed class FailureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_run_that_finds_no_host_memory_gives_back_what_it_found(int allocation)
    {
        // Three output buffers, then three input buffers.
        var plan = new FaultPlan(1) { FaultAt = FaultPoint.Allocate, FaultAtPassage = allocation };
        AssertFailsToStart<PlantedFaultException>((device, session) => new PipelineLane(new FaultyDevice(device, plan), session));
        Assert.True(plan.Thrown);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_run_that_finds_no_device_memory_gives_back_what_it_found(int allocation)
    {
        // Two inputs for each of two lanes.
        var wrapped = new List<FailingSession>();
        var count = 0;
        AssertFailsToStart<PlantedFaultException>((device, session) =>
        {
            wrapped.Add(new FailingSession(session) { OnCreateInput = () => ThrowAt(++count == allocation, FaultPoint.Allocate) });
            return new PipelineLane(device, wrapped[^1]);
        });
        Assert.Equal(allocation - 1, wrapped.Sum(session => session.Inputs.Count));
        Assert.All(wrapped.SelectMany(session => session.Inputs), input => Assert.True(((SimulatedMemory)input).IsDisposed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_run_whose_threads_do_not_all_start_stops_those_that_did(int use)
    {
        // The device's name is asked for while each of its threads is started: a stand-in for a system without more threads.
        var count = 0;
        AssertFailsToStart<PlantedFaultException>((device, session) =>
            new PipelineLane(new FailingDevice(device) { OnName = () => ThrowAt(++count == use, FaultPoint.Compute) }, session));
        Assert.True(count >= use);
    }

    [Fact]
    public void Lanes_with_different_models_are_refused()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var device = new SimulatedDevice(SimulatedLanes.Timing(0, 0));
        using var other = new SimulatedSession(device, SimulatedLanes.Input, new TensorSpec(ElementType.UInt8, 512));
        Assert.Throws<ArgumentException>(() => new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions(), [lane, new PipelineLane(device, other)], new MarkLoader(), new MarkChecker()));
    }

    [Fact]
    public void A_device_that_is_lost_after_a_fault_does_not_keep_the_run_from_ending()
    {
        // Whatever is thrown while the run is wound up: the reason stays the first fault, and all host memory comes back.
        var leaks = new LeakCheck();
        using (var device = new SimulatedDevice(SimulatedLanes.Timing(0.2, 0.2)))
        {
            using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
            using var pool = new HostBufferPool(2, SimulatedLanes.Output.Bytes, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned));
            // At this point a batch has its output and its buffer.
            var plan = new FaultPlan(1) { FaultAt = FaultPoint.CopyOut, FaultAtPassage = 6 };
            var (binds, synchronizations, releases) = (0, 0, 0);
            var lost = new FailingDevice(new FaultyDevice(device, plan))
            {
                // The lane's three threads bind, and then the one that winds the run up.
                OnBind = () => ThrowAt(Interlocked.Increment(ref binds) > 3, FaultPoint.EventWait),
                OnSynchronize = () =>
                {
                    // Its copies have ended all the same, as those of a lost device have.
                    device.Synchronize();
                    synchronizations++;
                    throw new InvalidOperationException("the device is gone");
                },
            };
            var memory = new FailingSession(session)
            {
                OnReleaseOutput = () =>
                {
                    if (synchronizations > 0)
                    {
                        releases++;
                        throw new InvalidOperationException("the device's memory is gone");
                    }
                },
            };
            using (var pipeline = new BatchPipeline<MarkedItem, bool>(
                new PipelineOptions { BufferPool = pool, BatchSize = 1 }, [new PipelineLane(lost, memory)], new MarkLoader(), new MarkChecker()))
            {
                DriverResult? result = null;
                Bounded.Run("the run", () => result = PipelineDriver.Run(pipeline, 50), pipeline.Describe);
                var reason = Assert.IsType<PlantedFaultException>(Assert.IsType<EgressException>(result?.Reason).InnerException);
                Assert.Equal(FaultPoint.CopyOut, reason.Point);
            }

            Assert.Equal(4, binds);
            Assert.Equal(1, synchronizations);
            Assert.NotEqual(0, releases);
            Assert.Equal(2, pool.Available);
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void An_error_with_an_id_keeps_it()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        var probe = new StageProbe(new MarkChecker())
        {
            OnProcess = _ => throw new EgressException(
                EgressErrorId.DestinationNotWritable, EgressErrorCategory.PermissionDenied, "read-only", "choose another", "/target"),
        };
        using var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), probe);

        var reason = Assert.IsType<EgressException>(PipelineDriver.Run(pipeline, 5).Reason);

        Assert.Equal(EgressErrorId.DestinationNotWritable, reason.ErrorId);
        Assert.Equal(EgressErrorCategory.PermissionDenied, reason.Category);
        Assert.Equal("choose another", reason.Advice);
        Assert.Equal("/target", reason.Target);

        // It is the answer to every further question, each time with a stack of its own.
        Assert.NotSame(reason, Assert.Throws<EgressException>(() => pipeline.TryTake(out _, 0)));
    }

    [Fact]
    public void A_processor_that_forgets_an_item_is_an_error_and_not_a_gap()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 4 }, [lane], new MarkLoader(), new ForgetfulProcessor(forget: 6));

        var result = PipelineDriver.Run(pipeline, 12);

        Assert.IsType<InvalidOperationException>(Assert.IsType<EgressException>(result.Reason).InnerException);
        Assert.Equal([0, 1, 2, 3, 4, 5, 7], result.Outcomes.Select(outcome => outcome.Item.Number));
    }

    [Fact]
    public void An_error_on_the_cpus_copy_stream_comes_out_of_every_event_after_it()
    {
        using var device = new CpuDevice();
        using var small = device.AllocateHost(16, HostMemoryKind.Pageable);
        using var session = new XorSession(64);
        using var memory = session.CreateInput(1);

        var before = device.EgressStream.Record();
        device.EgressStream.CopyToHost(small, memory, 64);
        var after = device.EgressStream.Record();
        device.EgressStream.CopyToHost(small, memory, 1 << 20);

        before.Synchronize();
        var error = Assert.Throws<EgressException>(after.Synchronize);
        Assert.IsType<ArgumentOutOfRangeException>(error.InnerException);

        // The first error is the cause, whatever comes after it.
        Assert.Same(error.InnerException, Assert.Throws<EgressException>(device.Synchronize).InnerException);
    }

    private static void AssertFailsToStart<TException>(Func<IDevice, IInferenceSession, PipelineLane> wrap)
        where TException : Exception
    {
        var leaks = new LeakCheck();
        using (var device = new SimulatedDevice(SimulatedLanes.Timing(0, 0)))
        {
            using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
            var lanes = new[] { wrap(device, session), wrap(device, session) };
            Bounded.Run("starting", () => Assert.Throws<TException>(() => new BatchPipeline<MarkedItem, bool>(
                new PipelineOptions { BufferCount = 3 }, lanes, new MarkLoader(), new MarkChecker())));
        }

        leaks.AssertNothingLeft();
    }

    private static void ThrowAt(bool here, FaultPoint point)
    {
        if (here)
        {
            throw new PlantedFaultException(point);
        }
    }

    private sealed class ForgetfulProcessor(long forget) : IOutputProcessor<MarkedItem, bool>
    {
        public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
        {
            for (var slot = 0; slot < batch.Count; slot++)
            {
                if (batch.Item(slot).Number != forget)
                {
                    batch.Complete(slot, true);
                }
            }
        }
    }
}
