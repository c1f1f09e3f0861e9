<#
.SYNOPSIS
Shows every kind and format of output.

.DESCRIPTION
Runs Invoke-SegmentationBatch over the pictures of this folder several times: masks with overlays, labels with their confidence,
all probabilities as one array over the run, and pictures in tiles, in their own size. Runs in pwsh and in EgressShell alike.

.EXAMPLE
./samples/outputs.ps1

.EXAMPLE
./samples/outputs.ps1 -Path ~/photos/*.jpg -Destination ~/outputs -Model deeplabv3_resnet50 -Weights ~/deeplabv3.safetensors
#>
[CmdletBinding()]
param(
    # Pictures; wildcards are allowed.
    [string[]] $Path = @("$PSScriptRoot/pictures/*.jpg", "$PSScriptRoot/pictures/*.png"),

    # The folder for the outputs; it is made if it does not exist.
    [string] $Destination = "$PSScriptRoot/output/outputs",

    # The network; pointwise tells classes by colour alone and takes next to no time.
    [string] $Model = 'pointwise',

    # A file with the network's parameters; without it they are random.
    [string] $Weights
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Egress.psd1"

$common = @{ Path = $Path; Model = $Model; Force = $true }
if ($Weights) { $common.Weights = $Weights }

'Masks in the pictures'' size, and the pictures with their masks over them; what each picture shows:'
Invoke-SegmentationBatch @common -ImageSize 256 -Overlay -Destination "$Destination/masks" | ForEach-Object {
    '  {0}: {1}' -f [System.IO.Path]::GetFileName($_.Path), ($_.ClassPixels -join ', ')
}

'Labels with the probability of each, two arrays in one .npz a picture:'
Invoke-SegmentationBatch @common -ImageSize 256 -OutputKind Confidence -Destination "$Destination/confidence" |
    ForEach-Object { "  $($_.OutputPath)" }

'All probabilities of the run as one array; in Python: zarr.open("probabilities")["probabilities"]'
Invoke-SegmentationBatch @common -ImageSize 128 -OutputKind Probabilities -OutputFormat Zarr -Destination "$Destination/probabilities" |
    ForEach-Object { '  {0} is item {1}' -f [System.IO.Path]::GetFileName($_.Path), $_.ArrayIndex }

'In tiles of 256 pixels, so that no picture is made smaller:'
Invoke-SegmentationBatch @common -TileSize 256 -Destination "$Destination/tiles" |
    ForEach-Object { '  {0}: {1} × {2} in {3} tiles' -f [System.IO.Path]::GetFileName($_.Path), $_.Width, $_.Height, $_.TileCount }
