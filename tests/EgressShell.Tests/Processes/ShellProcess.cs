using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Egress.Shell.Tests.Processes;

/// <summary>What a process left behind.</summary>
/// <param name="ExitCode">The exit code; 128 and the number of the signal where one ended it.</param>
/// <param name="Output">All of standard output.</param>
/// <param name="Error">All of standard error.</param>
internal sealed partial record ShellResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard error with the formatter's line wraps undone, which depend on the width.</summary>
    public string UnwrappedError => LineWrap().Replace(Error, " ");

    [GeneratedRegex(@"\s*\n\s+\| ")]
    private static partial Regex LineWrap();
}

/// <summary>The shell as people use it: the built program, in a process of its own.</summary>
internal sealed partial class ShellProcess : IDisposable
{
    /// <summary>Far above what any test takes; only a process that hangs reaches it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly StringBuilder _read = new();

    private ShellProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                _error.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    /// <summary>The program that the project beside this one builds.</summary>
    public static string Program { get; } = FindProgram();

    /// <summary>Starts the shell and leaves it running.</summary>
    public static ShellProcess Start(params string[] arguments) => Start(["dotnet", "exec", Program, .. arguments], []);

    /// <summary>Starts any program, with the environment changed by these variables.</summary>
    public static ShellProcess Start(IEnumerable<string> command, Dictionary<string, string?> variables)
    {
        // A runner that was started in the background ignores SIGINT, and what it starts would inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ShellProcess(Process.Start(start)!);
    }

    /// <summary>Runs the shell to its end, with nothing on its standard input.</summary>
    public static ShellResult Run(params string[] arguments) => RunWithInput("", arguments);

    /// <summary>Runs the shell to its end, with this text on its standard input.</summary>
    public static ShellResult RunWithInput(string input, params string[] arguments)
    {
        using var shell = Start(arguments);
        shell.Type(input);
        return shell.WaitForEnd();
    }

    /// <summary>Writes to standard input, which stays open.</summary>
    public void Type(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for the next line of standard output; null at its end.</summary>
    public string? ReadLine()
    {
        var reading = _process.StandardOutput.ReadLineAsync();
        if (!reading.Wait(s_patience))
        {
            throw new TimeoutException($"No line came. Standard error: {_error}");
        }

        _read.AppendLine(reading.Result);
        return reading.Result;
    }

    /// <summary>Reads standard output up to and with this text.</summary>
    public string ReadTo(string text)
    {
        var seen = new StringBuilder();
        var buffer = new char[1];
        while (!seen.ToString().EndsWith(text, StringComparison.Ordinal))
        {
            var reading = _process.StandardOutput.ReadAsync(buffer, 0, 1);
            if (!reading.Wait(s_patience) || reading.Result == 0)
            {
                throw new TimeoutException($"'{text}' did not come, only '{seen}'. Standard error: {_error}");
            }

            seen.Append(buffer[0]);
        }

        _read.Append(seen);
        return seen.ToString();
    }

    /// <summary>Sends a signal to the process.</summary>
    public void Signal(PosixSignal signal) => Assert.Equal(0, Kill(_process.Id, Number(signal)));

    /// <summary>
    /// Sends a signal again and again until the process has ended: two that follow each other closely may arrive as one.
    /// </summary>
    public void SignalUntilEnd(PosixSignal signal)
    {
        var start = Stopwatch.GetTimestamp();
        while (!_process.WaitForExit(TimeSpan.FromMilliseconds(50)) && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            _ = Kill(_process.Id, Number(signal));
        }
    }

    /// <summary>Closes standard input and waits for the end.</summary>
    public ShellResult WaitForEnd()
    {
        _process.StandardInput.Close();
        var rest = _process.StandardOutput.ReadToEndAsync();
        if (!rest.Wait(s_patience) || !_process.WaitForExit(s_patience))
        {
            throw new TimeoutException($"The process does not end. Standard error: {_error}");
        }

        // Without a limit, because only this waits for the last line of standard error as well.
        _process.WaitForExit();
        return new ShellResult(_process.ExitCode, _read + rest.Result, _error.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string FindProgram()
    {
        // artifacts/bin/EgressShell.Tests/<configuration>/ is beside artifacts/bin/EgressShell/<configuration>/.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "EgressShell", here.Name, "EgressShell.dll");
        return File.Exists(program) ? program : throw new FileNotFoundException("The shell has not been built.", program);
    }

    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    };

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
