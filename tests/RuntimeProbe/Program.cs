using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using Egress;
using Egress.Backend;
using Egress.Runtime;
using Egress.Tests.Probe;

// Usage: RuntimeProbe <request.json> <report.json>. Both files are described by their records. The console stays unused: what
// appears there comes from somebody else, and that is one of the things to find out.
var request = JsonSerializer.Deserialize<ProbeRequest>(File.ReadAllText(args[0]))!;
if (request.DepsFolder is not null)
{
    AppContext.SetData(ModuleFolder.DepsSetting, request.DepsFolder);
}

foreach (var assembly in request.SessionAssemblies)
{
    AssemblyLoadContext.Default.LoadFromAssemblyPath(assembly);
}

var context = new PrivateLoadContext(ModuleFolder.Deps);
var results = new List<ProbeResult>();
foreach (var step in request.Steps)
{
    results.Add(Perform(step));
}

var report = new ProbeReport(
    [.. results],
    [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains('/', StringComparison.Ordinal)).Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct()],
    [.. AssemblyLoadContext.Default.Assemblies.Select(assembly => assembly.Location)]);
File.WriteAllText(args[1], JsonSerializer.Serialize(report));
return 0;

ProbeResult Perform(string step)
{
    try
    {
        return new ProbeResult(step switch
        {
            "load" => Describe(NativeRuntime.EnsureLoaded()),
            "load from 16 threads" => [.. LoadFromManyThreads().Select(info => $"{System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(info)}")],
            "cpu threads" => SetCpuThreads(),
            _ when step.StartsWith("decode ", StringComparison.Ordinal) => Decode(step["decode ".Length..]),
            "backend" => [BackendLoader.Load().GetType().Name],
            _ => (string[])context.LoadFromAssemblyPath(request.Library).GetType("Egress.Tests.Probe.Uses", throwOnError: true)!
                .GetMethod(step)!.CreateDelegate<Func<string[]>>().DynamicInvoke()!,
        }, null);
    }
    catch (Exception e)
    {
        return new ProbeResult([], DescribeError(e is TargetInvocationException { InnerException: { } inner } ? inner : e));
    }
}

static string[] Decode(string path)
{
    var info = BackendLoader.Load().PictureDecoder.Decode(path, 8, 1_000_000, new byte[8 * 8 * 3]);
    return [$"{info.Width}x{info.Height}"];
}

static string[] SetCpuThreads()
{
    BackendLoader.Load().SetCpuThreads(1);
    return [];
}

static string[] Describe(NativeRuntimeInfo info) =>
    [info.LibtorchFolder, $"{info.Origin}", $"{info.LibtorchVersion}", $"{info.HasCuda}", info.CudaLoadError ?? "", info.CudaRuntimePath ?? ""];

static ProbeError DescribeError(Exception exception)
{
    var types = new List<string>();
    for (var e = exception; e is not null; e = e.InnerException)
    {
        types.Add(e.GetType().Name);
    }

    var egress = exception as EgressException;
    return new ProbeError([.. types], exception.Message, egress?.ErrorId, egress?.Category.ToString(), egress?.Advice, egress?.Target as string);
}

static NativeRuntimeInfo[] LoadFromManyThreads()
{
    var results = new NativeRuntimeInfo[16];
    using var start = new Barrier(results.Length);
    var threads = Enumerable.Range(0, results.Length).Select(index => new Thread(() =>
    {
        start.SignalAndWait();
        results[index] = NativeRuntime.EnsureLoaded();
    })).ToList();
    threads.ForEach(thread => thread.Start());
    threads.ForEach(thread => thread.Join());
    return results;
}
