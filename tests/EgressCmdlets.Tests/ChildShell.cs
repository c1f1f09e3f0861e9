using System.Diagnostics;

namespace Egress.Cmdlets.Tests;

/// <summary>Runs a command in EgressShell, in a process of its own.</summary>
internal static class ChildShell
{
    private static readonly string s_shell = FindShell();

    /// <summary>Runs a command and gives its output; fails the test unless it succeeds.</summary>
    public static string Run(string command, params (string Name, string? Value)[] environment)
    {
        var (exitCode, output, error) = TryRun(command, environment);
        Assert.True(exitCode == 0, $"exit code {exitCode}: {error}{output}");
        return output;
    }

    /// <summary>Runs a command.</summary>
    public static (int ExitCode, string Output, string Error) TryRun(string command, params (string Name, string? Value)[] environment)
    {
        using var process = Start(command, environment);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Starts a command; its output is the caller's to read.</summary>
    public static Process Start(string command, params (string Name, string? Value)[] environment)
    {
        var process = Process.Start(StartInfo(command, environment))!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>How to start a command.</summary>
    public static ProcessStartInfo StartInfo(string command, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in (string[])["exec", s_shell, "-Command", command])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return start;
    }

    private static string FindShell()
    {
        // Beside this test's own output, built with the same configuration.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(ModuleSession.Root, "artifacts", "bin", "EgressShell", configuration, "EgressShell.dll");
    }
}
