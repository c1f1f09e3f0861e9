<#
.SYNOPSIS
Measures whole programs beside the built-in network, and writes outputs of each to compare.

.DESCRIPTION
One line a figure, as throughput.ps1 has them: a name, a comma, a number. The folder holds what peers/export.py wrote:
deeplab.pt2 (bfloat16, batches of 64), deeplab.pt (TorchScript) and deeplab.safetensors, all of the same parameters.

.EXAMPLE
egress-shell -File programs.ps1 -Module ./Egress.psd1 -Folder ./programs -Out figures.csv
#>
[CmdletBinding()]
param(
    # The module's manifest.
    [Parameter(Mandatory)] [string] $Module,

    # Where the programs are; outputs go there too.
    [Parameter(Mandatory)] [string] $Folder,

    # The file for the figures.
    [Parameter(Mandatory)] [string] $Out,

    # The device to measure.
    [string] $Device = 'cuda:0',

    # Measured steps.
    [int] $Steps = 60,

    # Pictures in a batch; the package's.
    [int] $BatchSize = 64,

    # Side of the network's input; the package's.
    [int] $ImageSize = 512,

    # Pictures whose scores are written.
    [int] $Compared = 4
)

$ErrorActionPreference = 'Stop'
Import-Module $Module

$figures = [System.Collections.Generic.List[string]]::new()
function Add-Figure([string] $Name, [double] $Value) {
    $line = [string]::Format([cultureinfo]::InvariantCulture, '{0},{1:R}', $Name, $Value)
    $figures.Add($line)
    [System.IO.File]::WriteAllLines($Out, $figures)
    $line
}

$builtIn = @{ Model = 'deeplabv3_resnet50'; Weights = "$Folder/deeplab.safetensors"; ImageSize = $ImageSize }
$works = [ordered]@{
    'eager float32'        = $builtIn + @{ Precision = 'Float32' }
    'eager bfloat16'       = $builtIn + @{ Precision = 'BFloat16' }
    'compiled bfloat16'    = @{ Model = "$Folder/deeplab.pt2"; AllowNativeCode = $true }
    'TorchScript bfloat16' = @{ Model = "$Folder/deeplab.pt"; Precision = 'BFloat16'; ImageSize = $ImageSize }
}
foreach ($name in $works.Keys) {
    $with = $works[$name]
    $result = Measure-EgressThroughput -Strategy Pipelined -Device $Device -BatchSize $BatchSize -OutputKind Logits `
        -Steps $Steps -WarmupSteps 8 @with
    if ($result.ErrorId) { throw "${name}: $($result.Error)" }
    if (-not $result.Verified) { throw "${name}: outputs differ from a plain copy." }
    Add-Figure "$name/Pipelined" $result.StepsPerSecond
    Add-Figure "$name/compute alone" $result.Limits.Compute
    Add-Figure "$name/efficiency" ($result.StepsPerSecond / $result.Limits.Compute)
    $null = Invoke-SegmentationBatch -Synthetic $Compared -Device $Device -BatchSize $BatchSize -OutputKind Logits -OutputFormat Npy `
        -Force -Destination "$Folder/$name" @with
}
