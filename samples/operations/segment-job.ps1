<#
A job for a scheduler: segments pictures into a destination, a folder or s3://bucket/prefix, shows the summary, and ends with an exit code that schedulers know
(docs/OPERATIONS.md). Whatever ends it, the same command goes on where it stopped.

    pwsh -NonInteractive -File segment-job.ps1 -Path '/pictures/*.jpg' -Destination /masks -LogPath /var/log/egress.log

It runs in pwsh and, where that is not installed, in EgressShell. Its parameters are those of Invoke-SegmentationBatch, all of them; which
shard of a larger job it is, it knows from the scheduler.
#>

$summary = $null
try { Import-Module "$PSScriptRoot/../../Egress.psd1" -ErrorAction Stop }
catch {
    $Host.UI.WriteErrorLine("$_")
    exit 78
}

try {
    # Bad pictures are counted and named, and do not end the job.
    Invoke-SegmentationBatch @args -Resume -SummaryVariable summary -ErrorAction Continue | Out-Null
}
catch {
    $Host.UI.WriteErrorLine("$($_.FullyQualifiedErrorId): $_")
}
finally {
    # Ctrl+C ends the script here, and pwsh would call that success.
    if ($null -ne $summary) { $Host.SetShouldExit($summary.ExitCode) }
}

if ($null -eq $summary) {
    # The command line itself was wrong.
    exit 64
}

"$($summary.Outcome) in $($summary.Duration): $($summary.Written) written, $($summary.Skipped) skipped, $($summary.Failed) failed, $($summary.OtherShards) of other shards"
exit $summary.ExitCode
