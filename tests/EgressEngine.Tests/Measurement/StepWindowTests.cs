using Egress.Devices.Cuda;
using Egress.Measurement;
using Egress.Pipeline;
using Egress.Tests.Devices.Cuda;

namespace Egress.Tests.Measurement;

/// <summary>The profiler's bracket around the measured steps, and the stages' times inside them.</summary>
public sealed class StepWindowTests
{
    [Theory]
    [InlineData(2, 3, 1)]
    [InlineData(0, 4, 2)]
    public void The_profiler_records_the_measured_steps_and_no_others(int warmup, int steps, int cooldown)
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        using var session = new InvertingSession(fake, device);
        using var window = Window(warmup, steps, cooldown, new PipelineLane(device, session));
        for (var step = 0; step < warmup + steps + cooldown; step++)
        {
            window.BeforeStep(step, TestContext.Current.CancellationToken);
            Assert.Equal(step < warmup ? 0 : 1, fake.Calls("cudaProfilerStart"));
            Assert.Equal(step < warmup + steps ? 0 : 1, fake.Calls("cudaProfilerStop"));
            window.BatchProcessed(step, 0);
        }

        window.Dispose();
        Assert.Equal((1, 1), (fake.Calls("cudaProfilerStart"), fake.Calls("cudaProfilerStop")));
    }

    [Fact]
    public void Without_steps_to_cool_down_the_last_measured_one_ends_the_recording()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        using var session = new InvertingSession(fake, device);
        using var window = Window(1, 2, 0, new PipelineLane(device, session));
        for (var step = 0; step < 3; step++)
        {
            window.BeforeStep(step, TestContext.Current.CancellationToken);
            Assert.Equal(0, fake.Calls("cudaProfilerStop"));
            window.BatchProcessed(step, 0);
        }

        Assert.Equal(1, fake.Calls("cudaProfilerStop"));
    }

    [Fact]
    public void A_run_that_ends_early_ends_the_recording()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        using var session = new InvertingSession(fake, device);
        var window = Window(0, 5, 1, new PipelineLane(device, session));
        window.BeforeStep(0, TestContext.Current.CancellationToken);
        window.Dispose();
        window.Dispose();
        Assert.Equal((1, 1), (fake.Calls("cudaProfilerStart"), fake.Calls("cudaProfilerStop")));
    }

    [Fact]
    public void A_run_that_never_gets_to_its_measured_steps_records_nothing()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        using var session = new InvertingSession(fake, device);
        Window(5, 5, 1, new PipelineLane(device, session)).Dispose();
        Assert.Equal((0, 0), (fake.Calls("cudaProfilerStart"), fake.Calls("cudaProfilerStop")));
    }

    [Fact]
    public void Of_a_stages_work_what_lies_in_the_window_counts()
    {
        var times = new StageTimes();
        times.Add(PipelineStage.Load, 0, 500_000_000);
        times.Open(1_000_000_000);
        times.Add(PipelineStage.Load, 0, 900_000_000);
        times.Add(PipelineStage.Load, 500_000_000, 1_250_000_000);
        times.Add(PipelineStage.Load, 1_500_000_000, 2_500_000_000);
        times.Add(PipelineStage.Process, 1_500_000_000, 1_750_000_000);
        times.Close(3_000_000_000);
        times.Add(PipelineStage.Load, 2_500_000_000, 3_500_000_000);
        times.Add(PipelineStage.Load, 3_500_000_000, 4_000_000_000);

        Assert.Equal(1.75, times.Seconds(PipelineStage.Load));
        Assert.Equal(0.25, times.Seconds(PipelineStage.Process));
        Assert.Equal(0, times.Seconds(PipelineStage.Compute));
    }

    private static StepWindow Window(int warmup, int steps, int cooldown, PipelineLane lane) =>
        new(new ThroughputOptions { WarmupSteps = warmup, Steps = steps, CooldownSteps = cooldown }, [lane]);
}
