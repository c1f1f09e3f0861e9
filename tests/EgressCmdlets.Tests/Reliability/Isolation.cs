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

    private static readonly Lazy<string?> s_groupMissing = new(() => WhyNot(["sh", "-c", InGroup("probe", 1L << 30, "true")]));
    private static readonly Lazy<string?> s_quotaMissing = new(() =>
    {
        using var folder = new TemporaryFolder();
        return WhyNot([.. Unshare, WithQuota(Directory.CreateDirectory(folder["mount"]).FullName, 1 << 20)]);
    });

    private static string[] Unshare => ["unshare", Environment.IsPrivilegedProcess ? "-m" : "-rm", "sh", "-c"];

    private static string[] Nobody => ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    /// <summary>Skips the test where a fault cannot be made on this machine.</summary>
    public static void Require(FaultCase fault)
    {
        var missing = fault.TmpfsBytes > 0 ? s_mountMissing.Value
            : fault.QuotaBytes > 0 ? s_quotaMissing.Value
            : fault.GroupBytes > 0 ? s_groupMissing.Value
            : fault.AsNobody ? s_nobodyMissing.Value
            : null;
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
        var start = ChildShell.StartInfo(script, ("DOTNET_GCHeapHardLimit", fault.HeapLimit));
        if (fault.TmpfsBytes > 0)
        {
            Wrap(start, [.. Unshare, $"mount -t tmpfs -o size={fault.TmpfsBytes} none '{tmpfs}' && exec \"$@\"", "sh"]);
        }
        else if (fault.QuotaBytes > 0)
        {
            Wrap(start, [.. Unshare, $"{WithQuota(tmpfs, fault.QuotaBytes)} && exec \"$@\"", "sh"]);
        }
        else if (fault.GroupBytes > 0)
        {
            Wrap(start, ["sh", "-c", InGroup(Path.GetFileName(folder), fault.GroupBytes, "\"$@\""), "sh"]);
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

    /// <summary>
    /// A shell's commands that run something in a control group whose memory is limited, beside the group that this process is in. Of both
    /// versions of the interface. The shell stays outside and removes the group, which must be empty for that.
    /// </summary>
    private static string InGroup(string name, long bytes, string command) =>
        $$"""
        for limit in memory/memory.limit_in_bytes memory.max; do
            group=/sys/fs/cgroup/$(dirname $limit)/egress-{{name}}
            mkdir $group 2>/dev/null && [ -e $group/$(basename $limit) ] && break
            rmdir $group 2>/dev/null; group=
        done
        [ "$group" ] && echo {{bytes}} >$group/$(basename $limit) || { echo 'no control group can be made' >&2; exit 1; }
        trap 'rmdir $group' EXIT
        sh -c 'echo $$ >$0/cgroup.procs && exec "$@"' $group {{command}}
        """;

    /// <summary>A shell's commands that mount a file system of its own whose folder <c>out</c> has a quota.</summary>
    private static string WithQuota(string folder, long bytes) =>
        $"truncate -s 128M '{folder}.image' && mkfs.btrfs -q '{folder}.image' >/dev/null && mount -o loop '{folder}.image' '{folder}' && btrfs quota enable '{folder}' "
        + $"&& btrfs subvolume create '{folder}/out' >/dev/null && btrfs qgroup limit {bytes} '{folder}/out'";

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
