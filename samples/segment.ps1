<#
.SYNOPSIS
Segments pictures and shows what came out.

.DESCRIPTION
Runs Invoke-SegmentationBatch over the pictures of this folder, or over those that -Path names, and writes one mask a picture.
Runs in pwsh and in EgressShell alike. Without -Weights the network's parameters are random: the masks show that everything
works, not what is in the pictures.

.EXAMPLE
./samples/segment.ps1

.EXAMPLE
./samples/segment.ps1 -Path ~/photos/*.jpg -Destination ~/masks -Weights ~/deeplabv3.safetensors -Device cuda
#>
[CmdletBinding()]
param(
    # Pictures; wildcards are allowed.
    [string[]] $Path = @("$PSScriptRoot/pictures/*.jpg", "$PSScriptRoot/pictures/*.png"),

    # The folder for the masks; it is made if it does not exist.
    [string] $Destination = "$PSScriptRoot/output/masks",

    # A safetensors file with the network's parameters.
    [string] $Weights,

    # cpu, cuda or cuda:N; by default the first GPU, and the CPU where there is none.
    [string[]] $Device,

    # Side of the square that pictures are resized to for the network, in pixels.
    [int] $ImageSize = 512,

    # Keeps masks that exist instead of replacing them.
    [switch] $KeepExisting
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

$parameters = @{ Path = $Path; Destination = $Destination; ImageSize = $ImageSize; Force = -not $KeepExisting }
if ($Weights) { $parameters.Weights = $Weights }
if ($Device) { $parameters.Device = $Device }

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$count = 0
Invoke-SegmentationBatch @parameters -ErrorAction Continue | ForEach-Object {
    $count++
    $_
}

'{0} pictures in {1:0.0} s. The masks are in {2}' -f $count, $clock.Elapsed.TotalSeconds, [System.IO.Path]::GetFullPath($Destination)
