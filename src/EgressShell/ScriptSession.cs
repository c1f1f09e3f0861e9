using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using System.Text;

namespace Egress.Shell;

/// <summary>A runspace with a console, and the running of one script in it.</summary>
internal sealed class ScriptSession : IDisposable
{
    private const int Failure = 1;

    private readonly StopSignals _signals = new();
    private readonly ShellConsole _console = new();
    private readonly ShellUserInterface _ui;
    private readonly ShellHost _host;
    private readonly Runspace _runspace;

    public ScriptSession(bool nonInteractive)
    {
        // A library that reports usage to its maker is no business of a batch job; whoever wants it sets the variable to 0.
        if (Environment.GetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT") is null)
        {
            Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        }

        _ui = new ShellUserInterface(_console, new ConsoleInput(_console, nonInteractive, _signals.Token));
        _host = new ShellHost(_ui);
        _runspace = RunspaceFactory.CreateRunspace(_host, InitialSessionState.CreateDefault2());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>Runs what the options name and returns the exit code of the process.</summary>
    public int Run(ShellOptions options)
    {
        var text = ReadScript(options);
        var feedsInput = options.Mode != ShellMode.StandardInput && Console.IsInputRedirected && UsesInput(text);

        using var pipeline = options.Mode == ShellMode.File ? CreateFilePipeline(options, text) : CreateTextPipeline(text);
        var end = Execute(pipeline, feedsInput);
        if (_signals.ExitCode != 0 && end.State == PipelineState.Stopped)
        {
            return _signals.ExitCode;
        }

        if (end.State != PipelineState.Completed)
        {
            Report(end.Reason);
            return Failure;
        }

        return _host.RequestedExitCode ?? (options.Mode == ShellMode.File || LastStatementSucceeded() ? 0 : Failure);
    }

    public void Dispose()
    {
        _runspace.Dispose();
        _console.EndProgress();
        _signals.Dispose();
    }

    private Pipeline CreateFilePipeline(ShellOptions options, string text)
    {
        // As in pwsh: without the extension the file may have any name, and is text that a #! line may have started.
        var isScriptFile = options.Text.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase);
        var command = new Command(isScriptFile ? options.Text : text, isScript: !isScriptFile, useLocalScope: false);
        foreach (var argument in options.Arguments)
        {
            command.Parameters.Add(argument);
        }

        MakeExitLeaveTheSession();
        var pipeline = _runspace.CreatePipeline();
        pipeline.Commands.Add(command);
        return pipeline;
    }

    /// <summary>The pipeline goes into the history because only such a pipeline leaves its <c>$?</c> behind.</summary>
    private Pipeline CreateTextPipeline(string text) => _runspace.CreatePipeline(text, addToHistory: true);

    /// <summary>
    /// Runs a pipeline of one command, with its output and errors formatted to the console as they come, and waits for its end.
    /// </summary>
    private PipelineStateInfo Execute(Pipeline pipeline, bool feedsInput)
    {
        using var ended = new ManualResetEventSlim();
        pipeline.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.Add(new Command("Out-Default"));
        pipeline.StateChanged += (_, change) =>
        {
            if (change.PipelineStateInfo.State is PipelineState.Completed or PipelineState.Failed or PipelineState.Stopped)
            {
                ended.Set();
            }
        };

        // A signal may come before, between and after these two: registering after the start covers all three.
        pipeline.InvokeAsync();
        using var stop = _signals.Token.Register(pipeline.StopAsync);
        if (feedsInput)
        {
            FeedStandardInput(pipeline);
        }
        else
        {
            pipeline.Input.Close();
        }

        ended.Wait();
        return pipeline.PipelineStateInfo;
    }

    /// <summary>Shows an error that ended a script, in the form that the engine gives to every error.</summary>
    private void Report(Exception? reason)
    {
        if (reason is null or PipelineStoppedException)
        {
            return;
        }

        var record = (reason as IContainsErrorRecord)?.ErrorRecord ?? new ErrorRecord(reason, "ScriptFailed", ErrorCategory.NotSpecified, null);
        _ui.SendsOutputToError = true;
        try
        {
            using var pipeline = _runspace.CreatePipeline();
            pipeline.Commands.Add(new Command("Out-Default"));
            pipeline.Invoke(new[] { record });
        }
        catch (RuntimeException)
        {
            // A formatter of the user's own can fail; the error itself must not get lost over that.
            _ui.WriteErrorLine(reason.Message);
        }
        finally
        {
            _ui.SendsOutputToError = false;
        }
    }

    private bool LastStatementSucceeded()
    {
        using var pipeline = _runspace.CreatePipeline("$global:?");
        return pipeline.Invoke() is [{ BaseObject: true }];
    }

    private static string ReadScript(ShellOptions options)
    {
        try
        {
            switch (options.Mode)
            {
                case ShellMode.File:
                    return File.ReadAllText(options.Text);
                case ShellMode.StandardInput:
                    using (var reader = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8))
                    {
                        return reader.ReadToEnd();
                    }

                default:
                    return options.Text;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The script cannot be read: {exception.Message}");
        }
    }

    /// <summary>Whether a script reads <c>$input</c>. One that does not leaves standard input to the commands it starts.</summary>
    private static bool UsesInput(string script) =>
        Parser.ParseInput(script, out _, out _).Find(
            node => node is VariableExpressionAst { VariablePath.UserPath: var name } && name.Equals("input", StringComparison.OrdinalIgnoreCase),
            searchNestedScriptBlocks: true) is not null;

    /// <summary>
    /// Sends the lines of standard input into the pipeline, from a thread of its own: a script may end before its input does.
    /// </summary>
    private static void FeedStandardInput(Pipeline pipeline) => _ = Task.Factory.StartNew(
        () =>
        {
            try
            {
                using var reader = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
                while (reader.ReadLine() is { } line)
                {
                    pipeline.Input.Write(line);
                }

                pipeline.Input.Close();
            }
            catch (Exception exception) when (exception is PipelineClosedException or ObjectDisposedException)
            {
                // The script has ended and wants no more.
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>
    /// Makes <c>exit</c> in the script file that runs next end the session with its code. Otherwise a script file's <c>exit</c>
    /// only sets <c>$LASTEXITCODE</c>, where it cannot be told from the code of a program that the script ran. pwsh sets the same
    /// switch for its -File; the engine, whose version is pinned, gives no public way to it.
    /// </summary>
    private void MakeExitLeaveTheSession() => SetShouldRethrowExit(GetExecutionContext(_runspace), true);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_ExecutionContext")]
    [return: UnsafeAccessorType("System.Management.Automation.ExecutionContext, System.Management.Automation")]
    private static extern object GetExecutionContext(Runspace runspace);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ScriptCommandProcessorShouldRethrowExit")]
    private static extern void SetShouldRethrowExit(
        [UnsafeAccessorType("System.Management.Automation.ExecutionContext, System.Management.Automation")] object context, bool value);
}
