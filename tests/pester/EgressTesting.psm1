# What the suites share: paths, sessions apart from this one, and readers and writers of the files that Egress writes and reads.

Set-StrictMode -Version 3.0

$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
$pwsh = Join-Path $PSHOME 'pwsh'

# A device that takes no time, so that a run costs only what its inputs and results cost.
$instant = 'simulated:compute=0,copy=0,processing=0'

# 4 × 2 pixels, 8-bit RGB: the smallest work that a decoder can have.
$tinyPng = 'iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAIUlEQVR42gXBMQEAAAzCsApDDiI4K2oClwAGh4dQU1evPlqaCGHjrjlqAAAAAElFTkSuQmCC'

<#
.SYNOPSIS
    The full path of something in the repository; of its root where nothing is named. The manifest is another one where
    EGRESS_TEST_MANIFEST names it: that of an installed package.
#>
function Get-EgressPath([string] $Name = '') {
    if ($Name -eq 'Egress.psd1' -and $env:EGRESS_TEST_MANIFEST) {
        return $env:EGRESS_TEST_MANIFEST
    }

    [System.IO.Path]::TrimEndingDirectorySeparator([System.IO.Path]::Combine($root, $Name))
}

<#
.SYNOPSIS
    The name of a device that takes no time.
#>
function Get-InstantDevice {
    $instant
}

<#
.SYNOPSIS
    Writes a PNG of 4 × 2 pixels and gives its path.
#>
function New-TinyPicture([Parameter(Mandatory)] [string] $Path) {
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Path))
    [System.IO.File]::WriteAllBytes($Path, [System.Convert]::FromBase64String($tinyPng))
    $Path
}

<#
.SYNOPSIS
    Makes an empty folder of its own name in Pester's TestDrive and gives its path.
#>
function New-TestFolder {
    $path = [System.IO.Path]::Combine($TestDrive, [System.IO.Path]::GetRandomFileName())
    [System.IO.Directory]::CreateDirectory($path).FullName
}

<#
.SYNOPSIS
    The names of all files in a folder, hidden ones too.
#>
function Get-FileName([Parameter(Mandatory)] [string] $Folder) {
    [System.IO.Directory]::GetFiles($Folder) | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Sort-Object
}

<#
.SYNOPSIS
    The threads of Egress in this process, by name. The kernel keeps 15 characters of each.
#>
function Get-EgressThread {
    foreach ($task in [System.IO.Directory]::GetDirectories('/proc/self/task')) {
        try {
            $name = [System.IO.File]::ReadAllText("$task/comm").Trim()
        }
        catch [System.IO.IOException] {
            continue # It has ended meanwhile.
        }

        if ($name.StartsWith('Egress ', [System.StringComparison]::Ordinal)) {
            $name
        }
    }
}

<#
.SYNOPSIS
    Waits until a condition holds, and fails the test where it does not within the time.
#>
function Wait-Until([Parameter(Mandatory)] [scriptblock] $Condition, [string] $Because = 'the condition was met', [int] $TimeoutSeconds = 60) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $TimeoutSeconds) {
            throw "It took more than $TimeoutSeconds s until $Because."
        }

        Start-Sleep -Milliseconds 20
    }
}

<#
.SYNOPSIS
    Fails the test where threads of a run outlive it. A thread that has ended is listed for a moment still.
#>
function Wait-EgressThread {
    Wait-Until { -not (Get-EgressThread) } -Because 'all threads of the run had ended' -TimeoutSeconds 10
}

<#
.SYNOPSIS
    Starts a script in a pwsh process of its own and gives the process. Its output goes to <Folder>/out.xml, its arguments come
    from <Folder>/in.xml, both as PowerShell serializes objects.
#>
function Start-Pwsh {
    param(
        [Parameter(Mandatory)] [scriptblock] $Script,
        [Parameter(Mandatory)] [string] $Folder,
        [object[]] $ArgumentList = @(),
        [hashtable] $Environment = @{}
    )

    # One object that holds the list: a list of one would come back as its element.
    @{ Values = $ArgumentList } | Export-Clixml "$Folder/in.xml" -Depth 4
    @"
`$ErrorActionPreference = 'Stop'
`$arguments = @((Import-Clixml '$Folder/in.xml').Values)
& {
$Script
} @arguments | Export-Clixml '$Folder/out.xml' -Depth 4
"@ | Set-Content "$Folder/script.ps1"

    $process = Start-PwshProcess -ArgumentList '-NonInteractive', '-File', "$Folder/script.ps1" -Environment $Environment
    $process.StandardInput.Close()
    $process
}

<#
.SYNOPSIS
    Starts pwsh with its three standard streams redirected and without profiles.
#>
function Start-PwshProcess([Parameter(Mandatory)] [string[]] $ArgumentList, [hashtable] $Environment = @{}) {
    # A shell that runs in the background ignores the interrupt key, and its children inherit that; env gives it back to them.
    $start = [System.Diagnostics.ProcessStartInfo]::new('env')
    foreach ($argument in @('--default-signal=INT', $pwsh, '-NoProfile') + $ArgumentList) {
        $start.ArgumentList.Add($argument)
    }

    $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
    foreach ($name in $Environment.Keys) {
        $start.Environment[$name] = $Environment[$name]
    }

    [System.Diagnostics.Process]::Start($start)
}

<#
.SYNOPSIS
    Does to a process what the interrupt key (Ctrl+C) does in a terminal.
#>
function Send-Interrupt([Parameter(Mandatory)] [System.Diagnostics.Process] $Process) {
    kill -INT $Process.Id
    if ($LASTEXITCODE -ne 0) {
        throw "kill ended with $LASTEXITCODE."
    }
}

<#
.SYNOPSIS
    Runs a script in a pwsh process of its own and gives its objects; fails the test unless it ends with 0 within the time.
#>
function Invoke-Pwsh {
    param(
        [Parameter(Mandatory)] [scriptblock] $Script,
        [object[]] $ArgumentList = @(),
        [hashtable] $Environment = @{},
        [int] $TimeoutSeconds = 180
    )

    $folder = New-TestFolder
    $process = Start-Pwsh -Script $Script -Folder $folder -ArgumentList $ArgumentList -Environment $Environment
    try {
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        if (-not $process.WaitForExit($TimeoutSeconds * 1000)) {
            $process.Kill($true)
            throw "The process did not end within $TimeoutSeconds s: $($output.Result)$($errors.Result)"
        }

        if ($process.ExitCode -ne 0) {
            throw "The process ended with $($process.ExitCode): $($errors.Result)$($output.Result)"
        }

        Import-Clixml "$folder/out.xml"
    }
    finally {
        $process.Dispose()
    }
}

<#
.SYNOPSIS
    Starts a script in a runspace of its own in this process, with the module imported.
.OUTPUTS
    The PowerShell, its output as it arrives, and the handle to wait on.
#>
function Start-Session([Parameter(Mandatory)] [scriptblock] $Script, [object[]] $ArgumentList = @()) {
    $shell = [powershell]::Create()
    $null = $shell.AddScript('Import-Module $args[0] -ErrorAction Stop').AddArgument((Get-EgressPath 'Egress.psd1')).Invoke()
    $shell.Commands.Clear()
    $shell.Streams.ClearStreams()
    $null = $shell.AddScript($Script.ToString())
    foreach ($argument in $ArgumentList) {
        $null = $shell.AddArgument($argument)
    }

    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $noInput = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $noInput.Complete()
    $running = $shell.BeginInvoke($noInput, $output)
    [pscustomobject]@{ Shell = $shell; Output = $output; Running = $running; Terminating = $null }
}

<#
.SYNOPSIS
    Waits until a session's script has put out so much, and fails the test where it ends before that.
#>
function Wait-Output([Parameter(Mandatory)] $Session, [Parameter(Mandatory)] [int] $Count) {
    Wait-Until { $Session.Output.Count -ge $Count -or $Session.Running.IsCompleted } -Because "$Count objects had come"
    if ($Session.Output.Count -lt $Count) {
        throw "The script ended with $($Session.Output.Count) objects instead of $Count`: $($Session.Shell.Streams.Error)"
    }
}

<#
.SYNOPSIS
    Waits for a session's script to end and keeps the error that ended it, where one did.
#>
function Complete-Session([Parameter(Mandatory)] $Session, [int] $TimeoutSeconds = 120) {
    if (-not $Session.Running.AsyncWaitHandle.WaitOne($TimeoutSeconds * 1000)) {
        throw "The script did not end within $TimeoutSeconds s."
    }

    try {
        $null = $Session.Shell.EndInvoke($Session.Running)
    }
    catch {
        $failure = $_.Exception.GetBaseException()
        $Session.Terminating = $failure -is [System.Management.Automation.RuntimeException] ? $failure.ErrorRecord : $_
    }

    $Session
}

<#
.SYNOPSIS
    Runs a script in a runspace of its own and gives the session, its output and streams complete.
#>
function Invoke-Session([Parameter(Mandatory)] [scriptblock] $Script, [object[]] $ArgumentList = @()) {
    Complete-Session (Start-Session $Script $ArgumentList)
}

<#
.SYNOPSIS
    Reads what a PNG file says about itself in its first chunk (W3C PNG, 11.2.1).
#>
function Read-PngHeader([Parameter(Mandatory)] [string] $Path) {
    $bytes = [byte[]]::new(26)
    $file = [System.IO.File]::OpenRead($Path)
    try {
        $file.ReadExactly($bytes, 0, $bytes.Length)
    }
    finally {
        $file.Dispose()
    }

    if ([System.Convert]::ToHexString($bytes, 0, 16) -ne '89504E470D0A1A0A0000000D49484452') {
        throw "'$Path' does not start as a PNG."
    }

    [pscustomobject]@{
        Width     = [System.Buffers.Binary.BinaryPrimitives]::ReadInt32BigEndian([byte[]] $bytes[16..19])
        Height    = [System.Buffers.Binary.BinaryPrimitives]::ReadInt32BigEndian([byte[]] $bytes[20..23])
        BitDepth  = [int] $bytes[24]
        ColorType = [int] $bytes[25]
    }
}

<#
.SYNOPSIS
    Reads a NumPy file: its header's entries, and its elements where they are float32.
#>
function Read-Npy([Parameter(Mandatory)] [string] $Path) {
    $bytes = [System.IO.File]::ReadAllBytes($Path)
    if ([System.Convert]::ToHexString($bytes, 0, 8) -ne '934E554D50590100') {
        throw "'$Path' does not start as a NumPy file of version 1.0."
    }

    $length = [System.BitConverter]::ToUInt16($bytes, 8)
    $header = [System.Text.Encoding]::ASCII.GetString($bytes, 10, $length)
    if ($header -notmatch "^\{'descr': '(?<type>[^']+)', 'fortran_order': (?<order>\w+), 'shape': \((?<shape>[\d, ]*)\), \} *\n$") {
        throw "'$Path' has the header $header"
    }

    $start = 10 + $length
    $elements = [float[]]::new(0)
    if ($Matches.type -eq '<f4') {
        $elements = [float[]]::new(($bytes.Length - $start) / 4)
        [System.Buffer]::BlockCopy($bytes, $start, $elements, 0, $bytes.Length - $start)
    }

    [pscustomobject]@{
        Type         = $Matches.type
        FortranOrder = $Matches.order
        Shape        = [int[]] @($Matches.shape -split ',' | Where-Object { $_.Trim() })
        DataOffset   = $start
        DataBytes    = $bytes.Length - $start
        Elements     = $elements
    }
}

<#
.SYNOPSIS
    The parameters of torchvision's deeplabv3_resnet50 without its training head: names and shapes, in order.
#>
function Get-DeepLabParameter([int] $ClassCount = 21) {
    $parameters = [ordered]@{}
    $norm = {
        param($name, $channels)
        foreach ($part in 'weight', 'bias', 'running_mean', 'running_var') {
            $parameters["$name.$part"] = @($channels)
        }
    }

    $parameters['backbone.conv1.weight'] = 64, 3, 7, 7
    & $norm 'backbone.bn1' 64
    $inputs = 64
    foreach ($stage in @{ Number = 1; Blocks = 3 }, @{ Number = 2; Blocks = 4 }, @{ Number = 3; Blocks = 6 }, @{ Number = 4; Blocks = 3 }) {
        $width = 32 * [System.Math]::Pow(2, $stage.Number)
        for ($block = 0; $block -lt $stage.Blocks; $block++) {
            $name = "backbone.layer$($stage.Number).$block"
            $parameters["$name.conv1.weight"] = $width, $inputs, 1, 1
            & $norm "$name.bn1" $width
            $parameters["$name.conv2.weight"] = $width, $width, 3, 3
            & $norm "$name.bn2" $width
            $parameters["$name.conv3.weight"] = (4 * $width), $width, 1, 1
            & $norm "$name.bn3" (4 * $width)
            if ($block -eq 0) {
                $parameters["$name.downsample.0.weight"] = (4 * $width), $inputs, 1, 1
                & $norm "$name.downsample.1" (4 * $width)
            }

            $inputs = 4 * $width
        }
    }

    $parameters['classifier.0.convs.0.0.weight'] = 256, 2048, 1, 1
    & $norm 'classifier.0.convs.0.1' 256
    foreach ($branch in 1..3) {
        $parameters["classifier.0.convs.$branch.0.weight"] = 256, 2048, 3, 3
        & $norm "classifier.0.convs.$branch.1" 256
    }

    $parameters['classifier.0.convs.4.1.weight'] = 256, 2048, 1, 1
    & $norm 'classifier.0.convs.4.2' 256
    $parameters['classifier.0.project.0.weight'] = 256, 1280, 1, 1
    & $norm 'classifier.0.project.1' 256
    $parameters['classifier.1.weight'] = 256, 256, 3, 3
    & $norm 'classifier.2' 256
    $parameters['classifier.4.weight'] = $ClassCount, 256, 1, 1
    $parameters['classifier.4.bias'] = @($ClassCount)
    $parameters
}

<#
.SYNOPSIS
    Writes a safetensors file with a parameter for each entry, all of them zero but those that Values gives. The zeros take no
    room on the disk.
#>
function Write-SafetensorsFile {
    param(
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Parameters,
        [ValidateSet('F16', 'BF16', 'F32', 'F64', 'I64')] [string] $Type = 'F32',
        [hashtable] $Values = @{}
    )

    $size = @{ F16 = 2; BF16 = 2; F32 = 4; F64 = 8; I64 = 8 }[$Type]
    $header = [ordered]@{}
    [long] $end = 0
    foreach ($name in $Parameters.Keys) {
        [long] $bytes = $size
        foreach ($side in $Parameters[$name]) {
            $bytes *= [long] $side
        }

        $header[$name] = [ordered]@{ dtype = $Type; shape = [long[]] $Parameters[$name]; data_offsets = [long[]] ($end, ($end + $bytes)) }
        $end += $bytes
    }

    $text = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $header -Depth 4 -Compress))
    $file = [System.IO.File]::Create($Path)
    try {
        $file.Write([System.BitConverter]::GetBytes([long] $text.Length))
        $file.Write($text)
        $data = $file.Position
        foreach ($name in $Values.Keys) {
            $file.Position = $data + $header[$name].data_offsets[0]
            foreach ($value in $Values[$name]) {
                $file.Write([System.BitConverter]::GetBytes([float] $value))
            }
        }

        $file.SetLength($data + $end)
    }
    finally {
        $file.Dispose()
    }
}

<#
.SYNOPSIS
    Writes a PNG of any size, 8-bit RGB, and gives its path. Every 64 rows are one row of noise, so that a picture of a hundred
    megapixels is a file of five megabytes and written in seconds.
#>
function New-LargePicture([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [int] $Width, [Parameter(Mandatory)] [int] $Height) {
    Add-Type -TypeDefinition @'
using System;

public static class EgressTestingPng
{
    public static void Write(string path, int width, int height)
    {
        using var file = System.IO.File.Create(path);
        file.Write(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A });
        var header = new byte[13];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header, width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        Chunk(file, "IHDR", header);

        using var data = new System.IO.MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(data, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            // A row begins with its filter: 0 is none, 2 is the difference from the row above.
            var noise = new byte[1 + (3 * width)];
            var same = new byte[noise.Length];
            same[0] = 2;
            var random = new System.Random(7);
            for (var row = 0; row < height; row++)
            {
                if (row % 64 == 0)
                {
                    random.NextBytes(noise);
                    noise[0] = 0;
                }

                zlib.Write(row % 64 == 0 ? noise : same);
            }
        }

        Chunk(file, "IDAT", data.ToArray());
        Chunk(file, "IEND", new byte[0]);
    }

    private static void Chunk(System.IO.Stream file, string type, byte[] content)
    {
        var body = new byte[4 + content.Length];
        System.Text.Encoding.ASCII.GetBytes(type, body);
        content.CopyTo(body, 4);
        var crc = uint.MaxValue;
        foreach (var value in body)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        var number = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(body);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        file.Write(number);
    }
}
'@
    [EgressTestingPng]::Write($Path, $Width, $Height)
    $Path
}

<#
.SYNOPSIS
    Runs a picture in tiles in a process of its own and gives what became of it, and the most memory that the process held before
    and after, in bytes. Before it, the process has computed a tile, so that libraries and network are loaded.
#>
function Measure-TiledPicture([Parameter(Mandatory)] [string] $Path, [hashtable] $Parameters = @{}, [int] $TimeoutSeconds = 180) {
    Invoke-Pwsh -TimeoutSeconds $TimeoutSeconds -ArgumentList (Get-EgressPath 'Egress.psd1'), $Path, $Parameters {
        param($manifest, $path, $parameters)
        function Get-Peak {
            1024 * [long] ([System.IO.File]::ReadAllLines('/proc/self/status') -like 'VmHWM:*' -replace '\D')[0]
        }

        Import-Module $manifest
        $null = Invoke-SegmentationBatch -Synthetic 2 -Model pointwise -Device cpu -ImageSize $parameters.TileSize -OutputFormat None
        $before = Get-Peak
        $result = Invoke-SegmentationBatch $path -Model pointwise -Device cpu @parameters
        @{
            Before = $before
            After  = Get-Peak
            Status = "$($result.Status)"
            Width  = $result.Width
            Height = $result.Height
            Tiles  = $result.TileCount
            Pixels = ($result.ClassPixels | Measure-Object Pixels -Sum).Sum
        }
    }
}

<#
.SYNOPSIS
    Whether suites for the GPU are to be skipped. With EGRESS_REQUIRE_GPU=1 they are not, and fail where there is none.
#>
function Test-GpuMissing {
    $env:EGRESS_REQUIRE_GPU -ne '1' -and -not (Get-EgressDevice 'cuda*' | Where-Object IsUsable)
}

Export-ModuleMember -Function *-*
