using System.Text.Json;
using Egress.Runtime;
using Egress.Tests.Probe;

namespace Egress.Tests.Runtime;

/// <summary>Loads native libraries in a process of its own and says what came of it.</summary>
internal sealed class Probe
{
    private readonly Dictionary<string, string?> _variables = new()
    {
        [LibtorchLocator.Variable] = null,
        ["LD_LIBRARY_PATH"] = null,
    };

    private string? _depsFolder;
    private string[] _sessionAssemblies = [];

    /// <summary>What the process wrote to the console.</summary>
    public string Console { get; private set; } = "";

    /// <summary>Sets an environment variable.</summary>
    public Probe With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    /// <summary>Uses another folder for the module's.</summary>
    public Probe WithDeps(string folder)
    {
        _depsFolder = folder;
        return this;
    }

    /// <summary>Has the session load these assemblies before anything else.</summary>
    public Probe WithSession(params string[] assemblies)
    {
        _sessionAssemblies = assemblies;
        return this;
    }

    /// <summary>Runs the steps, one after the other, in a fresh process.</summary>
    public ProbeReport Run(params string[] steps)
    {
        using var folder = new TemporaryFolder();
        var current = folder.Folder("current");
        File.WriteAllText(folder["request.json"],
            JsonSerializer.Serialize(new ProbeRequest(steps, TestPaths.ProbeLibrary, _depsFolder, _sessionAssemblies)));

        var process = ChildProcess.RunDotNet(
            TestPaths.ProbeProgram, [folder["request.json"], folder["report.json"]], _variables, current);

        Console = process.Output + process.Errors;
        Assert.True(process.ExitCode == 0, $"The probe ended with {process.ExitCode}: {Console}");
        Assert.Empty(Directory.EnumerateFileSystemEntries(current));
        return JsonSerializer.Deserialize<ProbeReport>(File.ReadAllText(folder["report.json"]))!;
    }
}
