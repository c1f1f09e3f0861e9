<#
.SYNOPSIS
Segments pictures and shows what was found in them.

.DESCRIPTION
Runs Invoke-SegmentationBatch over the scenes of this folder with the network that was trained for them, or over the pictures that
-Path names, and writes of each a mask, and the picture with the mask over it. Prints a row a picture: the classes that were found in
it, each with its share of the picture in percent. Runs in pwsh and in EgressShell alike.

.EXAMPLE
./samples/segment.ps1

.EXAMPLE
./samples/segment.ps1 -Path ~/photos/*.jpg -Destination ~/masks -Model deeplabv3_resnet50 -Weights ~/deeplabv3.safetensors `
    -ClassNames ~/voc.txt -ImageSize 512 -Device cuda
#>
[CmdletBinding()]
param(
    # Pictures; wildcards are allowed.
    [string[]] $Path = "$PSScriptRoot/scenes/*.jpg",

    # The folder for the masks and overlays; it is made if it does not exist.
    [string] $Destination = "$PSScriptRoot/output/masks",

    # The network.
    [string] $Model = 'lraspp_mobilenet_v3_large',

    # Its parameters.
    [string] $Weights = "$PSScriptRoot/models/scenes.safetensors",

    # A text file with the names of its classes, one a line.
    [string] $ClassNames = "$PSScriptRoot/models/scenes.classes.txt",

    # Side of the square that pictures are resized to for the network, in pixels.
    [int] $ImageSize = 768,

    # cpu, cuda or cuda:N; by default the first GPU, and the CPU where there is none.
    [string[]] $Device,

    # Keeps masks and overlays that exist instead of replacing them.
    [switch] $KeepExisting
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

# The file is read by PowerShell's own rules for relative paths.
$file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($ClassNames)
$names = [System.IO.File]::ReadAllText($file).TrimEnd() -split '\r?\n'
$parameters = @{
    Path = $Path
    Destination = $Destination
    Model = $Model
    Weights = $Weights
    ClassCount = $names.Count
    ClassNames = $names
    ImageSize = $ImageSize
    Overlay = $true
    Force = -not $KeepExisting
}
if ($Device) { $parameters.Device = $Device }

$clock = [System.Diagnostics.Stopwatch]::StartNew()
# Shown at the end: a table that begins earlier is as wide as its first row.
$rows = @(Invoke-SegmentationBatch @parameters -ErrorAction Continue | ForEach-Object {
    [pscustomobject] @{
        Picture = [System.IO.Path]::GetFileNameWithoutExtension($_.Path)
        # What takes less than half a percent is left out.
        'Classes found, in percent' = ($_.ClassPixels | Where-Object Share -GE 0.005 |
            ForEach-Object { '{0} {1:0}' -f $_.Name, (100 * $_.Share) }) -join ', '
    }
})
$rows
'{0} pictures in {1:0.0} s. The masks, and the pictures with them laid over, are in {2}' -f $rows.Count, $clock.Elapsed.TotalSeconds, [System.IO.Path]::GetFullPath($Destination)
