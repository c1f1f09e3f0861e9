using System.ComponentModel;
using System.Diagnostics;
using Egress.Tests;

namespace Egress.Backend.Tests;

/// <summary>Readers of files that nobody here wrote, each run by a script of this assembly in a process of its own.</summary>
internal static class ForeignProgram
{
    /// <summary>Installs npm's packages with a script beside them. Without node or npm the test is skipped; with EGRESS_REQUIRE_NPM=1 it fails.</summary>
    /// <returns>The script's full path.</returns>
    public static string InstallNpm(string folder, string script, params string[] packages) => OrSkip(
        "EGRESS_REQUIRE_NPM", "No readers of npm", () => Unpack(script, Path.Combine(NpmPackages.Install(folder, packages), script)));

    /// <summary>Writes a script that is a resource of this assembly to a file.</summary>
    /// <returns>The file.</returns>
    public static string Unpack(string script, string path)
    {
        using var source = typeof(ForeignProgram).Assembly.GetManifestResourceStream(script)!;
        using var target = File.Create(path);
        source.CopyTo(target);
        return path;
    }

    /// <summary>Does what needs a program that may not be here: then the test is skipped, or fails where the variable is 1.</summary>
    public static T OrSkip<T>(string variable, string missing, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable(variable) == "1", $"{missing}: {error.Message}");
            throw;
        }
    }

    /// <summary>Runs a program and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It is Python, and lacks a module.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var reader = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = reader.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = reader.StandardOutput.ReadToEnd();
        reader.WaitForExit();
        if (errors.Result.Contains("ModuleNotFoundError", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(errors.Result);
        }

        Assert.True(reader.ExitCode == 0, errors.Result);
        return output;
    }
}
