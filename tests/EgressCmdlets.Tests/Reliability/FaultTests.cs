using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Faults as operators meet them, each in a process of its own: the run ends with the right error and exit code, what it committed
/// is sound, and the same command goes on once the reason is gone. The table in docs/RELIABILITY.md is what comes out here;
/// <c>EGRESS_UPDATE_DOCS=1</c> writes it.
/// </summary>
public sealed class FaultTests : IDisposable
{
    private const string Start = "<!-- faults: written by FaultTests -->";
    private const string End = "<!-- end of faults -->";
    private const int Pictures = 24;

    /// <summary>A device that leaves time for something to happen in mid-run.</summary>
    private const string Slow = "$device = 'simulated:compute=200,copy=0,processing=200'";

    private readonly TemporaryFolder _folder = new();

    private static string Document => Path.Combine(ModuleSession.Root, "docs", "RELIABILITY.md");

    [Fact]
    public void Every_fault_ends_as_the_table_of_faults_says()
    {
        ResumableJob.WritePictures(_folder["pictures"], Pictures);
        var rows = new StringBuilder(
            "| fault | error | exit code | committed outputs | the same command afterwards |\n| --- | --- | --- | --- | --- |\n");
        Add(rows, "a picture is damaged", "$d = '{d}'; [IO.File]::WriteAllText('{p}/zz.png', 'damaged')", "", "[IO.File]::Delete('{p}/zz.png')");
        Add(rows, "the pictures vanish", $"$d = '{{d}}'; {Slow}; $batch = 1", "[IO.Directory]::Move('{p}', '{p}-away')", "[IO.Directory]::Move('{p}-away', '{p}')");
        Add(rows, "the disk is full", "$d = '{t}'", "", "& mount -o remount,size=64m '{t}'", tmpfsBytes: 56 * 1024);
        Add(rows, "the destination turns read-only", $"$d = '{{t}}'; {Slow}", "& mount -t tmpfs -o ro none '{t}/.egress/partial'", "& umount '{t}/.egress/partial'", tmpfsBytes: 1 << 26);
        Add(rows, "the destination is removed", $"$d = '{{d}}'; {Slow}", "[IO.Directory]::Delete($d, $true)", "", isEmptied: true);
        Add(rows, "permission is lost", $"$d = '{{d}}'; {Slow}", "& chmod a-w \"$d/.egress/partial\"", "& chmod u+w \"$d/.egress/partial\"", asNobody: true);
        Add(rows, "a stage stalls, with `-StallTimeout`", "$d = '{d}'; $device = 'simulated:compute=0,copy=0,processing=600000'", "", "$device = 'cpu'", more: "-StallTimeout 1");
        Add(rows, "there is not the memory for a batch", "$d = '{d}'; $batch = 65536; $size = 4096", "", "$batch = 4; $size = 48");
        Add(rows, "another run has the destination", "$d = '{d}'; $null = [IO.Directory]::CreateDirectory(\"$d/.egress\"); $lock = [IO.File]::Open(\"$d/.egress/lock\", 'OpenOrCreate', 'ReadWrite', 'None')", "", "$lock.Dispose()");
        Add(rows, "the settings are others", "$d = '{d}'; $null = Invoke-SegmentationBatch '{p}/*01.png' @job -ImageSize 48 -Device cpu -Seed 1 -Destination $d", "", "$job.Seed = 1");
        AddSignal(rows, "SIGTERM", 15);
        AddSignal(rows, "SIGINT (Ctrl+C)", 2);
        AddSignal(rows, "SIGKILL, as from the out-of-memory killer", 9);
        Compare(rows.ToString());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>One fault: the run that meets it, and the run after it.</summary>
    /// <param name="rows">Gets the table's row.</param>
    /// <param name="fault">Its name.</param>
    /// <param name="before">Script before the run.</param>
    /// <param name="during">Script after the run's third result.</param>
    /// <param name="after">Script that takes the reason away.</param>
    /// <param name="more">More parameters of the run.</param>
    /// <param name="tmpfsBytes">Size of a file system of its own for the destination, or 0.</param>
    /// <param name="asNobody">Whether the run needs an account to which permissions matter.</param>
    /// <param name="isEmptied">Whether the fault takes the outputs with it.</param>
    private void Add(
        StringBuilder rows, string fault, string before, string during, string after, string more = "", long tmpfsBytes = 0,
        bool asNobody = false, bool isEmptied = false)
    {
        var script = $$"""
            Import-Module '{{ModuleSession.Manifest}}'
            $job = @{ Model = 'pointwise'; OutputKind = 'Confidence'; OutputFormat = 'Png'; Strategy = 'MultiWorker'; WorkerCount = 1; WarningAction = 'SilentlyContinue' }
            $device = 'cpu'; $batch = 2; $size = 48; $id = ''; $n = 0
            {{before}}
            try {
                Invoke-SegmentationBatch '{p}/*.png' @job -BatchSize $batch -ImageSize $size -Device $device -Destination $d -Resume {{more}} -SummaryVariable summary -ErrorAction SilentlyContinue -ErrorVariable failures |
                    ForEach-Object { if (++$n -eq 3) { {{during}} } }
            }
            catch { $id = $_.FullyQualifiedErrorId }
            if (-not $id -and $failures) { $id = $failures[0].FullyQualifiedErrorId }
            $code = $summary.ExitCode
            {{after}}
            $sound = try { Test-EgressOutput $d -Quiet -ErrorAction Stop } catch { 'none' }
            $committed = try { (Test-EgressOutput $d -ErrorAction Stop).Files } catch { 0 }
            $next = @(Invoke-SegmentationBatch '{p}/*.png' @job -BatchSize 2 -ImageSize 48 -Device cpu -Destination $d -Resume -ErrorAction Stop)
            $written = @($next | Where-Object Status -EQ Written).Count
            "$(($id -split ',')[0])|$code|$committed|$sound|$($next.Count)|$written|$(Test-EgressOutput $d -Quiet)"
            """;
        var (destination, pictures) = NewCase();
        var tmpfs = Directory.CreateDirectory(destination + "-tmpfs").FullName;
        script = script.Replace("{d}", destination, StringComparison.Ordinal).Replace("{p}", pictures, StringComparison.Ordinal)
            .Replace("{t}", tmpfs, StringComparison.Ordinal);
        var (exitCode, output, error) = RunIsolated(script, tmpfsBytes > 0 ? tmpfs : null, tmpfsBytes, asNobody);
        var fields = output.Trim().Split('|');
        Assert.True(exitCode == 0 && fields.Length == 7, $"{fault}: exit code {exitCode}: {output}{error}");
        var (id, code, sound) = (fields[0], fields[1], fields[3]);
        var (committed, next, written) = (Number(fields[2]), Number(fields[4]), Number(fields[5]));
        Assert.True(id.Length > 0, $"{fault}: no error");
        Assert.True(sound != "False", $"{fault}: what was committed is not sound");
        Assert.True(fields[6] == "True", $"{fault}: the next run's outputs are not sound");

        // Two files a picture: what was committed was not done again, and nothing is missing.
        Assert.True(written == next - (isEmptied ? 0 : committed / 2), $"{fault}: {committed} files, then {written} of {next} pictures written");
        Assert.True(next == Pictures, $"{fault}: {next} pictures");
        var kept = isEmptied ? "gone with it" : committed == 0 ? "none yet" : "all sound";
        rows.Append(CultureInfo.InvariantCulture, $"| {fault} | `{id}` | {code} | {kept} | does what is missing |\n");
    }

    private void AddSignal(StringBuilder rows, string fault, int signal)
    {
        var (destination, pictures) = NewCase();
        var job = new ResumableJob(pictures);
        using (var process = job.Start(destination))
        {
            process.BeginErrorReadLine();
            var journal = ResumableJob.JournalPath(destination);
            while (!process.HasExited && (!File.Exists(journal) || ResumableJob.CommitCounts(destination).Count < 2))
            {
                Thread.Sleep(1);
            }

            using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            process.WaitForExit();

            // A run that was at its end by then ends as if nothing were.
            Assert.True(process.ExitCode == 128 + signal || process.ExitCode == 0, $"{fault}: exit code {process.ExitCode}");
        }

        var committed = ResumableJob.CommitCounts(destination).Count;
        Assert.Equal(Pictures - committed, job.Run(destination));
        Assert.Equal(Pictures, ResumableJob.CommitCounts(destination).Count);
        rows.Append(CultureInfo.InvariantCulture, $"| {fault} |  | {128 + signal} | all sound | does what is missing |\n");
    }

    private (string Destination, string Pictures) NewCase()
    {
        var destination = _folder[$"case {Directory.GetDirectories(_folder.FullPath).Length}"];
        var pictures = Directory.CreateDirectory(destination + "-pictures").FullName;
        foreach (var picture in Directory.GetFiles(_folder["pictures"]))
        {
            File.Copy(picture, Path.Combine(pictures, Path.GetFileName(picture)));
        }

        return (destination, pictures);
    }

    /// <summary>Runs a script where it may mount file systems, or as an account to which permissions matter.</summary>
    private (int ExitCode, string Output, string Error) RunIsolated(string script, string? tmpfs, long tmpfsBytes, bool asNobody)
    {
        if (tmpfs is null && !(asNobody && Environment.IsPrivilegedProcess))
        {
            return ChildShell.TryRun(script);
        }

        var start = ChildShell.StartInfo(script);
        var inner = new List<string> { start.FileName };
        inner.AddRange(start.ArgumentList);
        start.ArgumentList.Clear();
        if (tmpfs is not null)
        {
            start.FileName = "unshare";
            var mount = $"mount -t tmpfs -o size={tmpfsBytes} none '{tmpfs}' && exec \"$@\"";
            foreach (var argument in (string[])[Environment.IsPrivilegedProcess ? "-m" : "-rm", "sh", "-c", mount, "sh", .. inner])
            {
                start.ArgumentList.Add(argument);
            }
        }
        else
        {
            using var open = Process.Start("chmod", ["-R", "a+rwX", _folder.FullPath]);
            open.WaitForExit();
            start.FileName = "setpriv";
            start.Environment["HOME"] = _folder.FullPath;
            start.Environment["DOTNET_CLI_HOME"] = _folder.FullPath;
            foreach (var argument in (string[])["--reuid=65534", "--regid=65534", "--clear-groups", .. inner])
            {
                start.ArgumentList.Add(argument);
            }
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static void Compare(string table)
    {
        var text = File.ReadAllText(Document);
        var start = text.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("EGRESS_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Document, $"{text[..start]}\n\n{table}\n{text[end..]}");
            return;
        }

        Assert.Equal(text[start..end].Trim(), table.Trim());
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
