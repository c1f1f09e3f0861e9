using System.Reflection;
using System.Reflection.Emit;
using Egress.Runtime;
using Egress.Tests.Probe;

namespace Egress.Tests.Runtime;

/// <summary>A session that has its own version of something that Egress uses.</summary>
public sealed class PrivateLoadContextTests : IDisposable
{
    private static readonly string[] s_names = ["NetVips", "TorchSharp", "ICSharpCode.SharpZipLib", "SkiaSharp", "Google.Protobuf"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0.0.1.0")]
    [InlineData("99.0.0.0")]
    public void Another_version_in_the_session_is_neither_used_nor_replaced(string version)
    {
        var others = s_names.Select(name => MakeAssembly(name, version)).ToArray();

        var report = new Probe().WithSession(others).Run("Vips", "Zip", "Torch");

        AssertOurs(report.Results[0], "NetVips.dll", "5x3");
        AssertOurs(report.Results[1], "ICSharpCode.SharpZipLib.dll", "compressed and back");
        AssertOurs(report.Results[2], "TorchSharp.dll", "15");
        Assert.Equal(others.Order(), report.SessionAssemblies.Where(path => s_names.Contains(Path.GetFileNameWithoutExtension(path))).Order());
    }

    [Fact]
    public void Without_another_version_the_session_s_context_stays_free_of_ours()
    {
        var report = new Probe().Run("Vips", "Zip", "Torch");
        Assert.All(report.Results, result => Assert.Null(result.Error));
        Assert.DoesNotContain(report.SessionAssemblies, path => s_names.Contains(Path.GetFileNameWithoutExtension(path)));
    }

    [Fact]
    public void Pictures_are_decoded_without_libtorch()
    {
        var report = new Probe().With(LibtorchLocator.Variable, _folder["nowhere"]).Run("Vips");
        AssertOurs(report.Results[0], "NetVips.dll", "5x3");
        Assert.DoesNotContain(report.MappedFiles, file => Path.GetFileName(file).StartsWith("libtorch", StringComparison.Ordinal));
    }

    [Fact]
    public void An_error_from_inside_is_the_engine_s_own_type() =>
        Assert.Equal(EgressErrorId.ModelUnknown, new Probe().Run("Fail").Results[0].Error!.ErrorId);

    [Fact]
    public void A_module_without_its_backend_says_so()
    {
        var error = new Probe().WithDeps(_folder.Folder("deps")).Run("backend").Results[0].Error;
        Assert.NotNull(error);
        Assert.Equal(EgressErrorId.RuntimeNotLoaded, error.ErrorId);
        Assert.Equal(Path.Combine(_folder["deps"], "EgressBackend.dll"), error.Target);
    }

    private static void AssertOurs(ProbeResult result, string file, string outcome)
    {
        Assert.Null(result.Error);
        Assert.Equal([Path.Combine(TestPaths.Deps, file), "Egress", outcome], result.Values);
    }

    /// <summary>Writes an assembly of this name and version, with one type in it.</summary>
    private string MakeAssembly(string name, string version)
    {
        var builder = new PersistedAssemblyBuilder(new AssemblyName(name) { Version = new Version(version) }, typeof(object).Assembly);
        builder.DefineDynamicModule(name).DefineType($"{name}.Other", TypeAttributes.Public).CreateType();
        var path = _folder[name + ".dll"];
        builder.Save(path);
        return path;
    }
}
