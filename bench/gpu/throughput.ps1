<#
.SYNOPSIS
Measures Egress on a GPU and writes the figures that table.py makes ratios of.

.DESCRIPTION
One line a figure: a name, a comma, a number. Runs in EgressShell as in pwsh. Slow strategies run fewer steps.

.EXAMPLE
egress-shell -File throughput.ps1 -Module ./Egress.psd1 -Pictures ./pictures -Out figures.csv
#>
[CmdletBinding()]
param(
    # The module's manifest.
    [Parameter(Mandatory)] [string] $Module,

    # A folder of JPEG files; as many copies of them as are needed are made beside the results.
    [Parameter(Mandatory)] [string] $Pictures,

    # The file for the figures.
    [Parameter(Mandatory)] [string] $Out,

    # The device to measure.
    [string] $Device = 'cuda:0',

    # Pictures in a batch; the article's 64.
    [int] $BatchSize = 64,

    # Side of the network's input; the article's 512.
    [int] $ImageSize = 512,

    # Measured steps of the fast strategies; the slow ones run a quarter.
    [int] $Steps = 100,

    # The devices of the run over several GPUs, which is left out where one of them is missing.
    [string] $Devices = 'cuda:0,cuda:1',

    # JPEG files of the run from disk to disk.
    [int] $PictureCount = 12800,

    # What to measure.
    [ValidateSet('float32', 'slow strategies', 'bfloat16', 'pointwise', 'labels', 'tokens', 'devices', 'disk', 'pools')]
    [string[]] $Work = @('float32', 'slow strategies', 'bfloat16', 'pointwise', 'labels', 'tokens', 'devices', 'disk', 'pools')
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

# What the whole machine's GPU holds beyond what it held before the first model: parameters, workspaces, two inputs, an output
# for each copy that is under way.
function Get-FreeDeviceMemory { (Get-EgressDevice | Where-Object Name -EQ $Device).FreeMemoryBytes }
$freeAtStart = Get-FreeDeviceMemory

function Measure-Work([string] $Name, [string] $Strategy, [int] $Steps, [hashtable] $With = @{}, [string] $On = $Device) {
    $result = Measure-EgressThroughput -Strategy $Strategy -Device $On -BatchSize $BatchSize -ImageSize $ImageSize `
        -Steps $Steps -WarmupSteps ([Math]::Max(3, $Steps / 10)) @With
    if (-not $result.Verified) { throw "$Name, ${Strategy}: outputs differ from a plain copy." }
    Add-Figure "$Name/$Strategy" $result.StepsPerSecond
    Add-Figure "$Name/$Strategy/GB/s" $result.EgressGBPerSecond
    Add-Figure "$Name/$Strategy/median ms" $result.StepMilliseconds
    Add-Figure "$Name/$Strategy/p99 ms" $result.P99Milliseconds
    Add-Figure "$Name/$Strategy/host bytes" $result.HostMemoryBytes
    Add-Figure "$Name/$Strategy/device bytes" ($freeAtStart - (Get-FreeDeviceMemory))
    if ($result.Limits) {
        Add-Figure "$Name/compute alone" $result.Limits.Compute
        Add-Figure "$Name/copy out alone" $result.Limits.CopyOut
        Add-Figure "$Name/processing alone" $result.Limits.Processing
        Add-Figure "$Name/input alone" $result.Limits.Input
    }
}

# The article's workload, then half the bytes and half the computation, then hardly any computation, then hardly any bytes.
$slow = @{ NoLimit = $true; OutputKind = 'Logits' }
if ($Work -contains 'float32') {
    Measure-Work 'float32 logits' 'Pipelined' $Steps @{ OutputKind = 'Logits' }
}
if ($Work -contains 'slow strategies') {
    Measure-Work 'float32 logits' 'AsyncCopy' $Steps $slow
    Measure-Work 'float32 logits' 'BufferPool' ([int]($Steps / 4)) $slow
    Measure-Work 'float32 logits' 'MultiWorker' ([int]($Steps / 4)) $slow
    Measure-Work 'float32 logits' 'Baseline' ([int]($Steps / 4)) $slow
}
if ($Work -contains 'bfloat16') {
    Measure-Work 'bfloat16 logits' 'Pipelined' (2 * $Steps) @{ OutputKind = 'Logits'; Precision = 'BFloat16' }
}
if ($Work -contains 'pointwise') {
    # As fast as the bus: more workers than the default, or reading the outputs once would be what takes longest.
    Measure-Work 'pointwise logits' 'Pipelined' (2 * $Steps) @{ OutputKind = 'Logits'; Model = 'pointwise'; WorkerCount = 12; LoaderCount = 4 }
}
if ($Work -contains 'labels') {
    Measure-Work 'labels' 'Pipelined' $Steps @{ OutputKind = 'Labels' }
}

if ($Work -contains 'tokens') {
    # The second workload: a vector for each token of a BERT-base-sized encoder, 64 sequences of 512 tokens, in half precision.
    $tokens = @{ Workload = 'Embedding'; Model = 'bert_base'; Precision = 'Float16'; Pooling = 'None'; SequenceLength = 512 }
    Measure-Work 'tokens float16' 'Pipelined' (4 * $Steps) $tokens
    foreach ($strategy in 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy') {
        Measure-Work 'tokens float16' $strategy $Steps ($tokens + @{ NoLimit = $true })
    }
}

# One queue over several GPUs; loaders and workers enough for both, in both runs.
$names = $Devices.Split(',')
if ($Work -contains 'devices' -and @(Get-EgressDevice | Where-Object { $names -contains $_.Name -and $_.IsUsable }).Count -eq $names.Count) {
    $many = @{ OutputKind = 'Logits'; NoLimit = $true; WorkerCount = 12; LoaderCount = 12; BufferCount = 8 }
    Measure-Work 'one GPU' 'Pipelined' $Steps $many
    Measure-Work 'several GPUs' 'Pipelined' (2 * $Steps) $many -On $Devices
}

# From disk to disk. The clock starts once the first twentieth is committed: the start of libtorch is not what is asked.
if ($Work -contains 'disk') {
    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName([System.IO.Path]::GetFullPath($Out)), "pictures")
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $sources = [System.IO.Directory]::GetFiles($Pictures, '*.jpg')
    for ($i = 0; $i -lt $PictureCount; $i++) {
        [System.IO.File]::Copy($sources[$i % $sources.Count], [System.IO.Path]::Combine($folder, "$i.jpg"), $true)
    }
    $masks = [System.IO.Path]::Combine($folder, "masks")
    $paths = for ($i = 0; $i -lt $PictureCount; $i++) { [System.IO.Path]::Combine($folder, "$i.jpg") }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $state = @{ Count = 0; First = 0; Start = 0 }
    $paths | Invoke-SegmentationBatch -Device $Device -BatchSize $BatchSize -ImageSize $ImageSize -WorkerCount 12 -LoaderCount 12 -Destination $masks |
        ForEach-Object {
            $state.Count++
            if ($state.Count -eq 1) { $state.First = $clock.Elapsed.TotalSeconds }
            if ($state.Count -eq $PictureCount / 20) { $state.Start = $clock.Elapsed.TotalSeconds }
        }
    $end = $clock.Elapsed.TotalSeconds
    $written = [System.IO.Directory]::GetFiles($masks, '*.png').Count
    if ($state.Count -ne $PictureCount -or $written -ne $PictureCount) { throw "$($state.Count) results and $written masks of $PictureCount pictures." }
    Add-Figure 'disk to disk' (($PictureCount * 0.95) / ($end - $state.Start) / $BatchSize)
    Add-Figure 'disk to disk/whole run' ($PictureCount / $end / $BatchSize)
    Add-Figure 'disk to disk/first result s' $state.First
}

# Pinned memory: ten buffers of the article's output. cudaHostAlloc is timed by the peer. The first time also pays for memory
# that nobody used before.
if ($Work -contains 'pools') {
    foreach ($time in 'first', 'again') {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $pool = New-PinnedBufferPool -Count 10 -BatchSize 64 -ImageSize 512 -OutputKind Logits
        Add-Figure "pool of 10/$time s" $clock.Elapsed.TotalSeconds
        if (-not $pool.IsPinned) { throw 'The pool is not pinned.' }
        $pool | Remove-PinnedBufferPool
    }
}
