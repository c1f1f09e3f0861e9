using System.Diagnostics;
using System.Globalization;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Faults as operators meet them, each in a process of its own: the run ends with the right error and exit code, what it committed
/// is sound, and the same command goes on once the reason is gone. The table in docs/RELIABILITY.md is what comes out here;
/// <c>EGRESS_UPDATE_DOCS=1</c> writes it.
/// </summary>
public sealed class FaultTests : IClassFixture<FaultTests.Pictures>, IDisposable
{
    private const int PictureCount = 24;

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly Pictures _source;

    public FaultTests(Pictures source) => _source = source;

    public static TheoryData<string> Faults => [.. FaultCase.All.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_ends_as_the_table_of_faults_says(string name)
    {
        var fault = FaultCase.All.Single(fault => fault.Name == name);
        Isolation.Require(fault);
        var pictures = Directory.CreateDirectory(_folder["pictures"]).FullName;
        foreach (var picture in Directory.GetFiles(_source.Folder))
        {
            File.Copy(picture, Path.Combine(pictures, Path.GetFileName(picture)));
        }

        FaultTable.Check(
            fault.Signal > 0 ? Signalled(fault, pictures)
            : fault.DeathCodes.Count > 0 ? Deadly(fault, pictures)
            : Scripted(fault, pictures));
    }

    [Fact]
    public void The_table_of_faults_has_a_row_for_each_and_no_other() =>
        Assert.Equal(FaultCase.All.Select(fault => fault.Name), FaultTable.Names);

    public void Dispose() => _folder.Dispose();

    /// <summary>The run that meets the fault, and the run after it.</summary>
    private string Scripted(FaultCase fault, string pictures)
    {
        var tmpfs = Directory.CreateDirectory(_folder["tmpfs"]).FullName;
        var script = fault.Script(_folder["out"], pictures, tmpfs);
        var (exitCode, output, error) = Run(Isolation.StartInfo(fault, script, tmpfs, _folder.Path));
        var fields = output.Trim().Split('|');
        Assert.True(exitCode == 0 && fields.Length == 7, $"exit code {exitCode}: {output}{error}");
        var (id, code, sound) = (fields[0], fields[1], fields[3]);
        var (committed, next, written) = (Number(fields[2]), Number(fields[4]), Number(fields[5]));
        Assert.True(id.Length > 0, "no error");
        Assert.True(sound != "False", "what was committed is not sound");
        Assert.True(fields[6] == "True", "the next run's outputs are not sound");

        // Two files a picture: what was committed was not done again, and nothing is missing.
        Assert.True(written == next - (fault.IsEmptied ? 0 : committed / 2), $"{committed} files, then {written} of {next} pictures written");
        Assert.Equal(PictureCount, next);
        return Row(fault, $"`{id}`", code, fault.IsEmptied ? "gone with it" : committed == 0 ? "none yet" : "all sound");
    }

    private string Signalled(FaultCase fault, string pictures)
    {
        var destination = _folder["out"];
        var job = new ResumableJob(pictures);
        using (var process = job.Start(destination, "simulated:compute=500,copy=0,processing=50"))
        {
            process.BeginErrorReadLine();
            var journal = ResumableJob.JournalPath(destination);
            while (!process.HasExited && (!File.Exists(journal) || ResumableJob.CommitCounts(destination).Count < 2))
            {
                Thread.Sleep(1);
            }

            using var kill = Process.Start("kill", [$"-{fault.Signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            Assert.True(process.WaitForExit(s_hang), "It hangs.");
            Assert.Equal(128 + fault.Signal, process.ExitCode);
        }

        var committed = ResumableJob.CommitCounts(destination).Count;
        Assert.Equal(PictureCount - committed, job.Run(destination));
        Assert.Equal(PictureCount, ResumableJob.CommitCounts(destination).Count);
        return Row(fault, "", $"{128 + fault.Signal}", "all sound");
    }

    /// <summary>
    /// Who finds no memory first is chance: a stage, PowerShell (1, or 130 where it stops its own pipeline), .NET or a native library, which
    /// abort (134), or the kernel, which kills (137).
    /// </summary>
    private string Deadly(FaultCase fault, string pictures)
    {
        var job = new ResumableJob(pictures);
        var script = job.Script(_folder["out"], fault.Before, fault.During);
        var (exitCode, output, error) = Run(Isolation.StartInfo(fault, script, "", _folder.Path));
        Assert.True(fault.DeathCodes.Contains(exitCode), $"exit code {exitCode}: {output}{error}");
        var committed = ResumableJob.CommitCounts(_folder["out"]).Count;
        Assert.InRange(committed, 3, PictureCount - 1);
        Assert.Equal(PictureCount - committed, job.Run(_folder["out"]));
        Assert.All(ResumableJob.CommitCounts(_folder["out"]).Values, count => Assert.Equal(1, count));
        return fault.DeathCodes is [var only]
            ? Row(fault, "", $"{only}", "all sound")
            : Row(fault, "`HostMemoryExhausted`", "75; 1, 130 or 134 where PowerShell or .NET finds none for itself", "all sound");
    }

    private static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(s_hang))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It hangs: {output.Result}{error.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    private static string Row(FaultCase fault, string error, string code, string kept) =>
        $"| {fault.Name} | {error} | {code} | {kept} | does what is missing |";

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The pictures of all faults, which each copies.</summary>
    public sealed class Pictures : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Pictures() => ResumableJob.WritePictures(Folder, PictureCount);

        public string Folder => _folder["pictures"];

        public void Dispose() => _folder.Dispose();
    }
}
