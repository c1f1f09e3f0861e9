using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Egress.Cmdlets.Tests;

/// <summary>A PowerShell session with the module imported from its manifest, as a user's is.</summary>
internal sealed class ModuleSession : IDisposable
{
    private readonly Runspace _runspace;

    public ModuleSession()
    {
        _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        _runspace.Open();
        Invoke($"Import-Module '{Manifest}' -ErrorAction Stop").Throw();
    }

    /// <summary>Full path of the repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of the module's manifest.</summary>
    public static string Manifest { get; } = Path.Combine(Root, "Egress.psd1");

    /// <summary>Runs a script with arguments and gives all that it wrote.</summary>
    public SessionResult Invoke(string script, params object?[] arguments)
    {
        using var shell = Create(script, arguments);
        return Collect(shell, () => shell.Invoke());
    }

    /// <summary>Runs a script with input on the pipeline.</summary>
    public SessionResult InvokeWithInput(string script, System.Collections.IEnumerable input)
    {
        using var shell = Create(script, []);
        return Collect(shell, () => shell.Invoke(input));
    }

    /// <summary>A pipeline of this session, to be started and stopped by the caller.</summary>
    public PowerShell Create(string script, object?[] arguments)
    {
        // Only a catch tells an error that ended a command from one that it wrote and went on.
        var shell = PowerShell.Create(_runspace);
        shell.AddScript($"try {{ $input | & {{\n{script}\n}} @args }} catch {{ throw }}");
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        return shell;
    }

    public void Dispose() => _runspace.Dispose();

    private static SessionResult Collect(PowerShell shell, Func<ICollection<PSObject>> run)
    {
        ICollection<PSObject> output = [];
        ErrorRecord? terminating = null;
        try
        {
            output = run();
        }
        catch (RuntimeException error)
        {
            terminating = error.ErrorRecord;
        }

        return new SessionResult([.. output], [.. shell.Streams.Error], terminating, [.. shell.Streams.Verbose.Select(record => record.Message)]);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Egress.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}

/// <summary>What a script wrote and how it ended.</summary>
internal sealed record SessionResult(
    IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, ErrorRecord? Terminating, IReadOnlyList<string> Verbose)
{
    /// <summary>Fails the test where the script did not simply succeed.</summary>
    public SessionResult Throw()
    {
        Assert.Null(Terminating?.Exception);
        Assert.Empty(Errors.Select(error => error.ToString()));
        return this;
    }

    /// <summary>A property of each output object.</summary>
    public IReadOnlyList<T> Get<T>(string property) =>
        [.. Output.Select(item => (T)LanguagePrimitives.ConvertTo(item.Properties[property]?.Value, typeof(T), System.Globalization.CultureInfo.InvariantCulture))];
}
