<#
.SYNOPSIS
    Measures what pictures in tiles cost: how much the outputs differ from those of the whole picture, and the peak of memory.
.DESCRIPTION
    Error: scenes of the samples, enlarged, run whole and in tiles with several overlaps; the probabilities are compared pixel by
    pixel. "Right" is the share of pixels that have the class that the scene truly shows. The default network is the samples' own;
    another one has random parameters, and then what it finds means nothing, but how far it sees is that of its architecture.
    Memory: each picture runs in a process of its own; its peak is read before the run, when network and libraries are loaded and a
    tile has been computed, and after it.
    Needs a Python with NumPy and Pillow, which makes the pictures and compares the outputs (Debian: python3-numpy, python3-pil).
.EXAMPLE
    ./bench/tiles.ps1 | ConvertTo-Json
.EXAMPLE
    ./bench/tiles.ps1 -Only Error -Model fcn_resnet50 -Side 768 -TileSize 384 -Overlap 0, 96, 192 -Scene scene-02
.EXAMPLE
    ./bench/tiles.ps1 -Only Memory -Size 2000x2000, 12000x12000
#>
[CmdletBinding()]
param(
    # What is measured.
    [ValidateSet('Error', 'Memory')]
    [string[]] $Only = @('Error', 'Memory'),

    # The network whose error is measured.
    [string] $Model = 'lraspp_mobilenet_v3_large',

    # The scenes.
    [string[]] $Scene = @('scene-02', 'scene-07', 'scene-08'),

    # Their side, in pixels.
    [int] $Side = 1536,

    # Side of the tiles, in pixels.
    [int] $TileSize = 768,

    # The overlaps, in pixels.
    [int[]] $Overlap = @(0, 96, 192, 288, 384),

    # Width and height of the pictures whose memory is measured.
    [string[]] $Size = @('2000x2000', '2000x24000', '10000x10000'),

    # A Python with NumPy and Pillow.
    [string] $Python = '/usr/bin/python3',

    # Where pictures and outputs lie.
    [string] $Folder = "$PSScriptRoot/../artifacts/tiles"
)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
$Folder = [System.IO.Directory]::CreateDirectory($Folder).FullName
Import-Module "$root/Egress.psd1"

function Invoke-Python {
    & $Python "$PSScriptRoot/tiles.py" @args
    if ($LASTEXITCODE -ne 0) {
        throw "$Python ended with $LASTEXITCODE."
    }
}

function Measure-Error {
    $network = @{
        Model        = $Model
        ClassCount   = 12
        Device       = 'cpu'
        OutputKind   = 'Probabilities'
        OutputFormat = 'Npy'
        Force        = $true
    }
    if ($Model -eq 'lraspp_mobilenet_v3_large') {
        $network.Weights = "$root/samples/models/scenes.safetensors"
    }

    $pictures = foreach ($name in $Scene) {
        Invoke-Python enlarge "$root/samples/scenes/$name.jpg" "$Folder/$name.png" $Side
        "$Folder/$name.png"
    }

    $null = Invoke-SegmentationBatch $pictures @network -ImageSize $Side -BatchSize 1 -Destination "$Folder/whole"
    foreach ($pixels in $Overlap) {
        $results = @(Invoke-SegmentationBatch $pictures @network -TileSize $TileSize -TileOverlap $pixels -BatchSize 1 -Destination "$Folder/tiled")
        $differences = @($Scene | ForEach-Object {
            Invoke-Python compare "$Folder/whole/$_.npy" "$Folder/tiled/$_.npy" "$root/samples/scenes/truth/$_.png" | ConvertFrom-Json
        })
        $mean = { param($property) ($differences | Measure-Object $property -Average).Average }
        [pscustomobject] @{
            TileOverlap             = $pixels
            Tiles                   = $results[0].TileCount
            OtherLabelPercent       = [System.Math]::Round(100 * (& $mean different), 3)
            LargestDifference       = [System.Math]::Round(($differences | Measure-Object largest -Maximum).Maximum, 3)
            DifferenceOf99thPercent = [System.Math]::Round((& $mean p99), 4)
            MeanDifference          = [System.Math]::Round((& $mean mean), 5)
            RightWholePercent       = [System.Math]::Round(100 * (& $mean rightWhole), 2)
            RightTiledPercent       = [System.Math]::Round(100 * (& $mean rightTiled), 2)
        }
    }
}

function Measure-Memory {
    $shell = [System.Environment]::ProcessPath
    $script = @'
        $manifest, $picture, $destination = $args
        function Get-Peak { [long] ([System.IO.File]::ReadAllLines('/proc/self/status') -like 'VmHWM:*' -replace '\D')[0] / 1000 * 1.024 }
        Import-Module $manifest
        $null = Invoke-SegmentationBatch -Synthetic 2 -Model pointwise -Device cpu -ImageSize 512 -OutputFormat None
        $before = Get-Peak
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $result = Invoke-SegmentationBatch $picture -Model pointwise -Device cpu -TileSize 512 -Destination $destination -Force
        '{0} {1} {2} {3}' -f $result.TileCount, $clock.Elapsed.TotalSeconds, $before, (Get-Peak)
'@
    [System.IO.File]::WriteAllText("$Folder/memory.ps1", $script)
    foreach ($extent in $Size) {
        $width, $height = [int[]] ($extent -split 'x')
        $picture = "$Folder/$extent.jpg"
        if (-not [System.IO.File]::Exists($picture)) {
            Invoke-Python picture $picture $width $height
        }

        $tiles, $seconds, $before, $after = [double[]] ((& $shell -NoProfile -File "$Folder/memory.ps1" "$root/Egress.psd1" $picture "$Folder/masks") -split ' ')
        [pscustomobject] @{
            Picture      = $extent
            Megapixels   = [System.Math]::Round($width * $height / 1e6, 1)
            Tiles        = [int] $tiles
            Seconds      = [System.Math]::Round($seconds, 1)
            PeakBeforeMB = [System.Math]::Round($before)
            PeakMB       = [System.Math]::Round($after)
        }
    }
}

if ('Error' -in $Only) {
    Measure-Error
}

if ('Memory' -in $Only) {
    Measure-Memory
}
