using System.Diagnostics;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Runs scripts where they may mount file systems, or as an account to which permissions matter. Where a machine forbids that, a test
/// is skipped with the reason; with <c>EGRESS_REQUIRE_FAULTS=1</c> it runs all the same, and fails.
/// </summary>
internal static class Isolation
{
    private static readonly Lazy<string?> s_mountMissing = new(() => WhyNot([.. Unshare, "mount -t tmpfs none /mnt"]));
    private static readonly Lazy<string?> s_nobodyMissing = new(() => Environment.IsPrivilegedProcess ? WhyNot([.. Nobody, "true"]) : null);

    private static string[] Unshare => ["unshare", Environment.IsPrivilegedProcess ? "-m" : "-rm", "sh", "-c"];

    private static string[] Nobody => ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    /// <summary>Skips the test where a fault cannot be made on this machine.</summary>
    public static void Require(FaultCase fault)
    {
        var missing = fault.TmpfsBytes > 0 ? s_mountMissing.Value : fault.AsNobody ? s_nobodyMissing.Value : null;
        if (Environment.GetEnvironmentVariable("EGRESS_REQUIRE_FAULTS") != "1")
        {
            Assert.SkipWhen(missing is not null, $"This machine does not let tests make this fault: {missing}");
        }
    }

    /// <summary>How to start a script as a fault needs it.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="script">The script.</param>
    /// <param name="tmpfs">An empty folder, for the fault's file system.</param>
    /// <param name="folder">The test's folder, which another account has to be let into.</param>
    public static ProcessStartInfo StartInfo(FaultCase fault, string script, string tmpfs, string folder)
    {
        var start = ChildShell.StartInfo(script);
        if (fault.TmpfsBytes > 0)
        {
            Wrap(start, [.. Unshare, $"mount -t tmpfs -o size={fault.TmpfsBytes} none '{tmpfs}' && exec \"$@\"", "sh"]);
        }
        else if (fault.AsNobody && Environment.IsPrivilegedProcess)
        {
            using var open = Process.Start("chmod", ["-R", "a+rwX", folder]);
            open.WaitForExit();
            start.Environment["HOME"] = folder;
            start.Environment["DOTNET_CLI_HOME"] = folder;
            Wrap(start, Nobody);
        }

        return start;
    }

    private static void Wrap(ProcessStartInfo start, string[] outer)
    {
        string[] words = [.. outer, start.FileName, .. start.ArgumentList];
        start.FileName = words[0];
        start.ArgumentList.Clear();
        foreach (var word in words[1..])
        {
            start.ArgumentList.Add(word);
        }
    }

    /// <summary>What a command says that fails; null where it succeeds.</summary>
    private static string? WhyNot(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{command[0]}: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return error.Message;
        }
    }
}
