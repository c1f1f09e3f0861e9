namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>One fault: how it is made in a run, and how its reason is taken away before the next one.</summary>
/// <param name="Name">What operators would call it; the first column of the table.</param>
/// <param name="Before">Script before the run. <c>{d}</c> is the destination, <c>{p}</c> the pictures, <c>{t}</c> a file system of its own.</param>
/// <param name="During">Script after the run's third result.</param>
/// <param name="After">Script that takes the reason away.</param>
internal sealed record FaultCase(string Name, string Before, string During = "", string After = "")
{
    /// <summary>A device that leaves time for something to happen in mid-run.</summary>
    private const string Slow = "$device = 'simulated:compute=200,copy=0,processing=200'";

    /// <summary>Takes all memory that there is, and writes to it: managed memory stops at a limit of its own before the system's is reached.</summary>
    private const string Fill = "$page = [byte[]]::new(1MB); while ($true) { [Runtime.InteropServices.Marshal]::Copy($page, 0, [Runtime.InteropServices.Marshal]::AllocHGlobal(1MB), 1MB) }";

    /// <summary>Takes what the system's limit has left, in pieces that are smaller than what a stage needs and larger than what PowerShell does.</summary>
    private const string FillRest = "try { while ($true) { $null = [Runtime.InteropServices.Marshal]::AllocHGlobal(128KB) } } catch { }";

    /// <summary>Takes all managed memory, down to pieces smaller than a picture.</summary>
    private const string FillManaged =
        "$held = [Collections.Generic.List[object]]::new(200000); foreach ($size in 4MB, 256KB, 16KB, 2KB) { try { while ($true) { $held.Add([byte[]]::new($size)) } } catch { } }";

    private static readonly string s_load = $"$null = [Reflection.Assembly]::LoadFrom('{typeof(SystemLimit).Assembly.Location}')";
    private static readonly string s_limit = $"[{typeof(SystemLimit).FullName}]";

    /// <summary>More parameters of the run.</summary>
    public string More { get; init; } = "";

    /// <summary>Size of a file system of its own for the destination, or 0.</summary>
    public long TmpfsBytes { get; init; }

    /// <summary>Whether the run needs an account to which permissions matter.</summary>
    public bool AsNobody { get; init; }

    /// <summary>Whether the fault takes the outputs with it.</summary>
    public bool IsEmptied { get; init; }

    /// <summary>The most that the process's managed heap may take, as .NET's variable has it: hexadecimal.</summary>
    public string? HeapLimit { get; init; }

    /// <summary>The most memory that a control group of its own lets the process take, or 0.</summary>
    public long GroupBytes { get; init; }

    /// <summary>Size of a file system of its own whose folder <c>out</c> has a quota, or 0.</summary>
    public long QuotaBytes { get; init; }

    /// <summary>The exit codes of a process that may not live through the fault: the next run is another's. Empty: it lives.</summary>
    public IReadOnlyList<int> DeathCodes { get; init; } = [];

    /// <summary>The signal that makes the fault, to a run of another process; 0: scripts do.</summary>
    public int Signal { get; init; }

    /// <summary>All faults, in the order of the table.</summary>
    public static IReadOnlyList<FaultCase> All { get; } =
    [
        new("a picture is damaged", "$d = '{d}'; [IO.File]::WriteAllText('{p}/zz.png', 'damaged')", "", "[IO.File]::Delete('{p}/zz.png')"),
        new("the pictures vanish", $"$d = '{{d}}'; {Slow}; $batch = 1", "[IO.Directory]::Move('{p}', '{p}-away')", "[IO.Directory]::Move('{p}-away', '{p}')"),
        new("the disk is full", "$d = '{t}'", "", "& mount -o remount,size=64m '{t}'") { TmpfsBytes = 56 * 1024 },
        new("the disk is full from the start", "$d = '{t}'", "", "& mount -o remount,size=64m '{t}'") { TmpfsBytes = 4096 },
        new("the account's quota is used up", "$d = '{t}/out'", "", "& btrfs qgroup limit none '{t}/out'") { QuotaBytes = 224 << 10 },
        new("a file becomes larger than the process may write (`ulimit -f`)", $"$d = '{{d}}'; {s_load}; {s_limit}::Set({SystemLimit.FileSize}, 4096)", "", $"{s_limit}::Lift({SystemLimit.FileSize})"),
        new("the destination turns read-only", $"$d = '{{t}}'; {Slow}", "& mount -t tmpfs -o ro none '{t}/.egress/partial'", "& umount '{t}/.egress/partial'") { TmpfsBytes = 1 << 26 },
        new("the destination is removed", $"$d = '{{d}}'; {Slow}", "[IO.Directory]::Delete($d, $true)") { IsEmptied = true },
        new("permission is lost", $"$d = '{{d}}'; {Slow}", "& chmod a-w \"$d/.egress/partial\"", "& chmod u+w \"$d/.egress/partial\"") { AsNobody = true },
        new("a stage throws", $"$d = '{{d}}'; {Slow}", $"$null = [Reflection.Assembly]::LoadFrom('{typeof(ThrowingListener).Assembly.Location}'); $listener = [{typeof(ThrowingListener).FullName}]::Start()", "$listener.Dispose()"),
        new("a stage stalls, with `-StallTimeout`", "$d = '{d}'; $device = 'simulated:compute=0,copy=0,processing=600000'", "", "$device = 'cpu'") { More = "-StallTimeout 1" },
        new("there is not the memory for a batch", "$d = '{d}'; $batch = 65536; $size = 4096", "", "$batch = 4; $size = 48"),
        new("the process has no memory left (a small managed heap, filled)", "", FillManaged) { HeapLimit = "0x10000000", DeathCodes = [75, 1, 130, 134] },
        new("the process may take no more memory (`ulimit -d`)", $"$d = '{{d}}'; {Slow}; {s_load}", $"{s_limit}::SetFurtherData(0); {FillRest}", $"{s_limit}::Lift({SystemLimit.Data})"),
        new("there is not the memory for a batch in the control group (a container's, a job's)", "$d = '{d}'; $batch = 65536; $size = 256", "", "$batch = 4; $size = 48") { GroupBytes = 512 << 20 },
        new("the control group's memory is used up", "", $"{Fill}") { GroupBytes = 512 << 20, DeathCodes = [137] },
        new("the process may start no more threads (`ulimit -u`, a control group's `pids.max`)", $"$d = '{{d}}'; {s_load}; {s_limit}::Set({SystemLimit.Threads}, 1)", "", $"{s_limit}::Lift({SystemLimit.Threads})") { AsNobody = true },
        new("the process may open no more files (`ulimit -n`)", $"$d = '{{d}}'; {Slow}; {s_load}", $"{s_limit}::Set({SystemLimit.OpenFiles}, 3)", $"{s_limit}::Lift({SystemLimit.OpenFiles})"),
        new("the device has not the memory for a batch (a simulated device's)", "$d = '{d}'; $device = 'simulated:compute=0,memory=1,memory-item=1'"),
        new("another run has the destination", "$d = '{d}'; $null = [IO.Directory]::CreateDirectory(\"$d/.egress\"); $lock = [IO.File]::Open(\"$d/.egress/lock\", 'OpenOrCreate', 'ReadWrite', 'None')", "", "$lock.Dispose()"),
        new("the settings are others", "$d = '{d}'; $null = Invoke-SegmentationBatch '{p}/*01.png' @job -ImageSize 48 -Device cpu -Seed 1 -Destination $d", "", "$job.Seed = 1"),
        new("SIGTERM", "") { Signal = 15 },
        new("SIGINT (Ctrl+C)", "") { Signal = 2 },
        new("SIGKILL, as from the out-of-memory killer", "") { Signal = 9 },
    ];

    /// <summary>The script of the run that meets the fault, and of the run after it; one line of fields comes out.</summary>
    public string Script(string destination, string pictures, string tmpfs) =>
        $$"""
        Import-Module '{{ModuleSession.Manifest}}'
        $job = @{ Model = 'pointwise'; OutputKind = 'Confidence'; OutputFormat = 'Png'; Strategy = 'MultiWorker'; WorkerCount = 1; WarningAction = 'SilentlyContinue' }
        $device = 'cpu'; $batch = 2; $size = 48; $id = ''; $n = 0
        {{Before}}
        try {
            Invoke-SegmentationBatch '{p}/*.png' @job -BatchSize $batch -ImageSize $size -Device $device -Destination $d -Resume {{More}} -SummaryVariable summary -ErrorAction SilentlyContinue -ErrorVariable failures |
                ForEach-Object { if (++$n -eq 3) { {{During}} } }
        }
        catch { $id = $_.FullyQualifiedErrorId }
        {{After}}
        if (-not $id -and $failures) { $id = $failures[0].FullyQualifiedErrorId }
        $code = $summary.ExitCode
        $sound = try { Test-EgressOutput $d -Quiet -ErrorAction Stop } catch { 'none' }
        $committed = try { (Test-EgressOutput $d -ErrorAction Stop).Files } catch { 0 }
        $next = @(Invoke-SegmentationBatch '{p}/*.png' @job -BatchSize 2 -ImageSize 48 -Device cpu -Destination $d -Resume -ErrorAction Stop)
        $written = @($next | Where-Object Status -EQ Written).Count
        "$(($id -split ',')[0])|$code|$committed|$sound|$($next.Count)|$written|$(Test-EgressOutput $d -Quiet)"
        """
        .Replace("{d}", destination, StringComparison.Ordinal).Replace("{p}", pictures, StringComparison.Ordinal)
        .Replace("{t}", tmpfs, StringComparison.Ordinal);
}
