<#
.SYNOPSIS
Measures the five strategies against each other and against the machine's limit.

.DESCRIPTION
On the simulated device by default, where the article's machine is re-enacted: 520 ms of compute, 110 ms of copy into memory that
exists already, 750 ms into memory that has to be allocated, 940 ms of processing, all divided by ten. Name a real device with
-Device to measure it. Runs in pwsh and in EgressShell alike.

.EXAMPLE
./samples/strategies.ps1

.EXAMPLE
./samples/strategies.ps1 -Device cuda -BatchSize 64 -Steps 100
#>
[CmdletBinding()]
param(
    # cpu, cuda, cuda:N, or simulated with its durations in milliseconds.
    [string] $Device = 'simulated:compute=52,copy=11,fresh=75,processing=94',

    # Pictures computed together.
    [int] $BatchSize = 4,

    # Side of the square that pictures are resized to, in pixels.
    [int] $ImageSize = 128,

    # Threads that process outputs.
    [int] $WorkerCount = 8,

    # Measured steps.
    [int] $Steps = 30
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

$strategies = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined'
Measure-EgressThroughput -Strategy $strategies -Device $Device -BatchSize $BatchSize -ImageSize $ImageSize `
    -WorkerCount $WorkerCount -Steps $Steps -WarmupSteps 10
