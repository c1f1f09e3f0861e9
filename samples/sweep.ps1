<#
.SYNOPSIS
Sweeps strategies, batch sizes, workers, loaders and buffers, and says which settings to use.

.DESCRIPTION
72 configurations, on the CPU by default with a tiny network, in a few minutes. Each is written to a table as soon as it is
measured: a sweep that was stopped goes on with the same command. Runs in pwsh.

.EXAMPLE
./samples/sweep.ps1

.EXAMPLE
./samples/sweep.ps1 -Device cuda -Model deeplabv3_resnet50 -ImageSize 512 -BatchSize 16, 32, 64 -Steps 30 -Table gpu-sweep.csv
#>
[CmdletBinding()]
param(
    # cpu, cuda, cuda:N, or simulated with its durations in milliseconds.
    [string] $Device = 'cpu',

    # The network.
    [string] $Model = 'pointwise',

    # Side of the square that pictures are resized to, in pixels.
    [int] $ImageSize = 128,

    # Pictures computed together.
    [int[]] $BatchSize = @(1, 2, 4),

    # Threads that process outputs.
    [int[]] $WorkerCount = @(1, 2),

    # Threads that load pictures.
    [int[]] $LoaderCount = @(1, 2),

    # Output buffers of the strategies that have a pool.
    [int[]] $BufferCount = @(2, 4),

    # Designs to measure.
    [string[]] $Strategy = @('Baseline', 'BufferPool', 'Pipelined'),

    # Measured steps of each configuration.
    [int] $Steps = 20,

    # Where results go, and where a sweep goes on from.
    [string] $Table = "$PSScriptRoot/output/sweep.csv"
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

$folder = [System.IO.Path]::GetDirectoryName([System.IO.Path]::GetFullPath($Table, $PWD.ProviderPath))
$null = [System.IO.Directory]::CreateDirectory($folder)

# A configuration that cannot run is a result with its error; the sweep goes on.
$sweep = @{
    Strategy = $Strategy; Device = $Device; Model = $Model; ImageSize = $ImageSize; BatchSize = $BatchSize; WorkerCount = $WorkerCount
    LoaderCount = $LoaderCount; BufferCount = $BufferCount; Steps = $Steps; WarmupSteps = 5; Resume = $Table
}
$results = Measure-EgressThroughput @sweep -ErrorAction Continue

'The ten fastest:'
$results | Where-Object Status -EQ Measured | Sort-Object ImagesPerSecond -Descending | Select-Object -First 10 | Format-Table

'The fastest of each strategy, and what would make it faster:'
$results | Where-Object Status -EQ Measured | Group-Object Strategy | ForEach-Object {
    $_.Group | Sort-Object ImagesPerSecond -Descending | Select-Object -First 1
} | Format-List Strategy, BatchSize, WorkerCount, LoaderCount, BufferCount, ImagesPerSecond, Noise, Efficiency, LimitedBy, Advice

"$(@($results).Count) configurations, $(@($results | Where-Object Status -EQ Failed).Count) failed. All of them: $Table"
