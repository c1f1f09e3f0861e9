namespace Egress.Cmdlets.Tests;

/// <summary>Measure-EgressThroughput on the simulated device: the sweep, its binding and what its numbers say.</summary>
public sealed class MeasureTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void Lists_make_their_product_and_baseline_comes_first()
    {
        var result = _session.Invoke(
            "Measure-EgressThroughput -Strategy Pipelined, Baseline -BatchSize 1, 2 -WorkerCount 1, 2 -Device 'simulated:compute=1,copy=1,processing=1' "
            + "-ImageSize 32 -Steps 5 -WarmupSteps 1 -NoLimit").Throw();

        Assert.Equal(8, result.Output.Count);
        Assert.Equal(
            ["1/1/Baseline", "1/1/Pipelined", "1/2/Baseline", "1/2/Pipelined", "2/1/Baseline", "2/1/Pipelined", "2/2/Baseline", "2/2/Pipelined"],
            result.Output.Select(item =>
                $"{item.Properties["BatchSize"].Value}/{item.Properties["WorkerCount"].Value}/{item.Properties["Strategy"].Value}"));
        Assert.All(result.Get<double>("Speedup"), speedup => Assert.True(speedup > 0));
        Assert.All(result.Get<bool>("Verified"), Assert.True);
    }

    [Fact]
    public void Records_bind_by_property_name_and_results_repeat_themselves()
    {
        var result = _session.Invoke(
            """
            $first = [pscustomobject]@{ Strategy = 'Baseline'; BatchSize = '3'; Device = 'simulated:compute=1,copy=1,processing=1'; OutputKind = 'Labels' },
                     [pscustomobject]@{ Strategy = 'AsyncCopy'; BatchSize = '2'; Device = 'simulated:compute=2,copy=1,processing=1'; OutputKind = 'Logits' } |
                Measure-EgressThroughput -ImageSize 32 -Steps 4 -WarmupSteps 1 -NoLimit
            $first
            $first | Measure-EgressThroughput -Steps 4 -WarmupSteps 1 -NoLimit
            """).Throw();
        Assert.Equal(["Baseline", "AsyncCopy", "Baseline", "AsyncCopy"], result.Get<string>("Strategy"));
        Assert.Equal([3, 2, 3, 2], result.Get<int>("BatchSize"));
        Assert.Equal([32, 32, 32, 32], result.Get<int>("ImageSize"));
        Assert.Equal(["Labels", "Logits", "Labels", "Logits"], result.Get<string>("OutputKind"));
        Assert.Equal(result.Get<string>("Device").Take(2), result.Get<string>("Device").Skip(2));
    }

    [Theory]
    [InlineData("compute=20,copy=5,processing=5", "Compute", 50)]
    [InlineData("compute=5,copy=20,processing=5", "CopyOut", 50)]
    [InlineData("compute=5,copy=5,processing=40", "Processing", 50)]
    [InlineData("compute=5,copy=5,in=20,processing=5", "CopyIn", 50)]
    public void The_limit_and_what_sets_it_are_found(string timing, string limitedBy, double limit)
    {
        var result = _session.Invoke(
            $"Measure-EgressThroughput -Device 'simulated:{timing}' -BatchSize 2 -ImageSize 32 -WorkerCount 2 -BufferCount 6 -Steps 25 -WarmupSteps 5").Throw();
        Assert.Equal(limitedBy, Assert.Single(result.Get<string>("LimitedBy")));

        // A busy machine can make a part slower, never faster.
        var found = Assert.Single(result.Get<double>("LimitStepsPerSecond"));
        Assert.InRange(found, limit * 0.2, limit * 1.02);
        Assert.Equal(Assert.Single(result.Get<double>("StepsPerSecond")) / found, Assert.Single(result.Get<double>("Efficiency")), 6);
    }

    [Fact]
    public void A_run_that_waits_for_its_pictures_is_limited_by_its_input()
    {
        // One loader makes four pictures of a megabyte and more for each step of hardly any work on the device.
        var result = _session.Invoke(
            "Measure-EgressThroughput -Device 'simulated:compute=0.1,copy=0.1,processing=0' -BatchSize 4 -ImageSize 640 -OutputKind Labels "
            + "-LoaderCount 1 -WorkerCount 2 -BufferCount 6 -Steps 25 -WarmupSteps 5").Throw();
        Assert.Equal("Input", Assert.Single(result.Get<string>("LimitedBy")));
    }

    public void Dispose() => _session.Dispose();
}
