<#
.SYNOPSIS
Sweeps a GPU: strategies, batch sizes and workers, a search, and the comparison of two repetitions of the sweep.

.DESCRIPTION
Runs in EgressShell as in pwsh. Writes sweep.csv, one line a configuration as it is measured, and prints what the search found.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Out,
    [string] $Module = './Egress.psd1',
    [string] $Device = 'cuda',
    [string] $Model = 'pointwise',
    [int[]] $BatchSize = @(8, 16, 32),
    [int] $Steps = 12
)

$ErrorActionPreference = 'Stop'
Import-Module $Module

$sweep = @{
    Device = $Device; Model = $Model; Strategy = 'Baseline', 'BufferPool', 'AsyncCopy', 'Pipelined'; BatchSize = $BatchSize; WorkerCount = 4, 8
    LoaderCount = 8; BufferCount = 3; Steps = $Steps; WarmupSteps = 3; CacheInput = $true
}
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$first = Measure-EgressThroughput @sweep -Repeat 2 -Resume "$Out/sweep.csv" -ReportPath "$Out/sweep.html" -ErrorAction Continue
# EgressShell has no Format-Table.
$show = {
    process {
        '{0,-10} batch {1,3} workers {2,2}: {3,8:0.00} steps/s, limited by {4}, efficiency {5:0.000}, verified {6}. {7}{8}' -f
            $_.Strategy, $_.BatchSize, $_.WorkerCount, $_.StepsPerSecond, $_.LimitedBy, $_.Efficiency, $_.Verified, $_.Advice, $_.Error
    }
}
$first | & $show
'{0:0} s for {1} configurations' -f $clock.Elapsed.TotalSeconds, @($first).Count

$clock.Restart()
Optimize-EgressPipeline -Device $Device -Model $Model -BatchSize $BatchSize -WorkerCount 2, 4, 8 -LoaderCount 4, 8 -BufferCount 2, 3, 4 -Steps $Steps -WarmupSteps 3 -MaximumMinutes 0.6 | ForEach-Object { $_.PSObject.Properties | ForEach-Object { '{0}: {1}' -f $_.Name, $_.Value } }
'{0:0} s for the search' -f $clock.Elapsed.TotalSeconds
