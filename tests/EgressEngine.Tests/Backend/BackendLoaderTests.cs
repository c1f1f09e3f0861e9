using Egress.Runtime;

namespace Egress.Tests.Backend;

/// <summary>The module's real backend, loaded as a session loads it.</summary>
public sealed class BackendLoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_backend_decodes_pictures_where_libtorch_cannot_be_loaded()
    {
        var report = new Runtime.Probe().With(LibtorchLocator.Variable, _folder["nowhere"]).Run($"decode {TestPaths.SamplePicture}");

        Assert.Null(report.Results[0].Error);
        Assert.Equal(["451x300"], report.Results[0].Values);
        Assert.DoesNotContain(report.MappedFiles, file => Path.GetFileName(file).StartsWith("libtorch", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_use_of_libtorch_loads_it()
    {
        var report = new Runtime.Probe().Run("cpu threads");
        Assert.Null(report.Results[0].Error);
        Assert.Contains(Path.Combine(TestPaths.Deps, "libtorch_cpu.so"), report.MappedFiles);
    }

    [Fact]
    public void The_reason_why_libtorch_does_not_load_comes_out_as_it_is()
    {
        var probe = new Runtime.Probe().With(LibtorchLocator.Variable, _folder["nowhere"]);
        var error = probe.Run("cpu threads").Results[0].Error;

        Assert.NotNull(error);
        Assert.Equal([nameof(EgressException)], error.Types);
        Assert.Equal(EgressErrorId.RuntimeNotLoaded, error.ErrorId);
        Assert.Equal("", probe.Console);
    }
}
