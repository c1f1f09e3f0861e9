<#
.SYNOPSIS
A scheduled job that fails where throughput has become worse than it was.

.DESCRIPTION
Measures a few configurations with repetitions and compares them with the reference. The exit code is 0 where nothing is slower by
more than the threshold and the noise, and 1 otherwise. The first run makes the reference; delete it to make another.

.EXAMPLE
./samples/nightly-regression.ps1

.EXAMPLE
# Every night at two, from cron:
# 0 2 * * * pwsh -NonInteractive -File /opt/egress/samples/nightly-regression.ps1 -Device cuda || mail -s 'Throughput' ops@example.org
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
    [int[]] $BatchSize = @(2),

    # Designs to measure.
    [string[]] $Strategy = @('Baseline', 'Pipelined'),

    # The share by which a configuration has to be slower to count.
    [double] $Threshold = 0.1,

    # Measured steps of each repetition.
    [int] $Steps = 30,

    # Results that every night is compared with.
    [string] $Reference = "$PSScriptRoot/output/reference.csv"
)

# What ends a command ends this script, with exit code 1.
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

$results = Measure-EgressThroughput $Strategy -Device $Device -Model $Model -ImageSize $ImageSize -BatchSize $BatchSize -Steps $Steps `
    -Repeat 6 -NoLimit -ErrorAction Continue

if (-not (Test-Path $Reference)) {
    $null = New-Item (Split-Path $Reference) -ItemType Directory -Force
    $results | Export-Csv $Reference
    "This run is the reference from now on: $Reference"
    return
}

Compare-EgressThroughput $Reference $results -Threshold $Threshold -FailOn Slower, Failed, Missing
