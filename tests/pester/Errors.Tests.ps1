# Every mistake that a user can make: its id, category, target and advice, and what becomes of the work around it.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }
    $onCpu = @{ Device = 'cpu'; ImageSize = 16; OutputFormat = 'None' }
    $folder = New-TestFolder
    $tiny = 0..9 | ForEach-Object { New-TinyPicture "$folder/$_.png" }
    $photo = Get-EgressPath 'samples/pictures/wine.jpg'

    # The first part of a file.
    function Copy-Part([string] $Path, [string] $Destination, [double] $Part) {
        $bytes = [System.IO.File]::ReadAllBytes($Path)
        [System.IO.File]::WriteAllBytes($Destination, $bytes[0..([int] ($Part * $bytes.Length))])
        $Destination
    }

    # Runs a command and keeps apart what came out, what it reported and what ended it.
    function Get-Outcome([scriptblock] $Command) {
        $ErrorActionPreference = 'Continue' # Pester's is Stop.
        $output = [System.Collections.Generic.List[object]]::new()
        $terminating = $null
        try {
            & $Command 2>&1 | ForEach-Object { $output.Add($_) }
        }
        catch {
            $terminating = $_
        }

        [pscustomobject]@{
            Results     = @($output | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] })
            Errors      = @($output | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
            Terminating = $terminating
        }
    }

    function Assert-ErrorRecord([System.Management.Automation.ErrorRecord] $Record, [string] $Id, [string] $Category, $Target, [string] $Advice) {
        $Record.FullyQualifiedErrorId | Should -BeLike "$Id,Egress.Cmdlets.Commands.*Command"
        $Record.CategoryInfo.Category | Should -Be $Category
        $Record.TargetObject | Should -BeExactly $Target
        $Record.Exception | Should -BeOfType ([Egress.EgressException])
        $Record.Exception.ErrorId | Should -BeExactly $Id
        $Record.ErrorDetails.RecommendedAction | Should -BeLike "*$Advice*"
        $Record.ErrorDetails.Message | Should -Be $Record.Exception.Message
    }
}

Describe 'A picture among others that <Name>' -Tag Error -ForEach @(
    @{ Name = 'does not exist'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Advice = 'Check the path'; Make = { "$folder/missing.jpg" } }
    @{ Name = 'is a link to nothing'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Advice = 'Check the path'
        Make = { (New-Item "$folder/dangling.png" -ItemType SymbolicLink -Value "$folder/gone.png").FullName } }
    @{ Name = 'is a wildcard that matches nothing'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Advice = '-LiteralPath'; Make = { "$folder/*.tiff" } }
    @{ Name = 'is on no drive'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Advice = 'file system'; Make = { 'NoSuchDrive:/a.png' } }
    @{ Name = 'is a folder'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Advice = 'folder/*.jpg'
        Make = { (New-Item "$folder/folder.png" -ItemType Directory).FullName } }
    @{ Name = 'is a pipe'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Advice = 'Name a file'; Make = { mkfifo "$folder/pipe.png"; "$folder/pipe.png" } }
    @{ Name = 'is an endless device'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Advice = 'Name a file'; Make = { '/dev/zero' } }
    @{ Name = 'is a variable'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Advice = 'file system'; Make = { 'Env:PATH' } }
    @{ Name = 'is any variable'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Advice = 'file system'; Make = { 'Env:P*' } }
    @{ Name = 'is a text'; Id = 'PictureFormatUnknown'; Category = 'InvalidData'; Advice = 'Convert'
        Make = { Set-Content "$folder/text.jpg" 'this is no picture'; "$folder/text.jpg" } }
    @{ Name = 'is empty'; Id = 'PictureFormatUnknown'; Category = 'InvalidData'; Advice = 'Convert'; Make = { (New-Item "$folder/empty.png").FullName } }
    @{ Name = 'is a JPEG that ends too early'; Id = 'PictureDamaged'; Category = 'InvalidData'; Advice = 'Get the picture again'
        Make = { Copy-Part (Get-EgressPath 'samples/pictures/astronaut.jpg') "$folder/truncated.jpg" 0.7 } }
    @{ Name = 'is a PNG that ends too early'; Id = 'PictureDamaged'; Category = 'InvalidData'; Advice = 'Get the picture again'
        Make = { Copy-Part $tiny[0] "$folder/truncated.png" 0.6 } }
    @{ Name = 'has too many pixels'; Id = 'PictureTooLarge'; Category = 'InvalidData'; Advice = 'raise the limit'; Make = { $photo } }
    @{ Name = 'cannot be read'; Id = 'InputUnreadable'; Category = 'ReadError'; Advice = 'disk'; Make = { '/proc/self/mem' } }
) {
    It 'has its error, in its turn, and the others have their masks' {
        $bad = & $Make
        $masks = New-TestFolder
        $outcome = Get-Outcome { $tiny[0], $bad, $tiny[1] | Invoke-SegmentationBatch @quick -Destination $masks -MaxPixels 300000 -BatchSize 3 }
        $outcome.Terminating | Should -BeNullOrEmpty
        $outcome.Results.Path | Should -Be $tiny[0..1]
        $outcome.Errors | Should -HaveCount 1
        Assert-ErrorRecord $outcome.Errors[0] $Id $Category $bad $Advice
        $outcome.Errors[0].Exception.Message | Should -BeLike "*$([WildcardPattern]::Escape($bad))*"
        Get-FileName $masks | Should -Be '0.png', '1.png'
    }
}

Describe 'A file that goes away between Get-ChildItem and the run' -Tag Error {
    It 'is named by its path, without PowerShell''s prefix' {
        $gone = New-TinyPicture "$(New-TestFolder)/gone.png"
        $item = Get-Item $gone
        Remove-Item $gone
        $outcome = Get-Outcome { $item | Invoke-SegmentationBatch @quick -OutputFormat None }
        Assert-ErrorRecord $outcome.Errors[0] PathNotFound ObjectNotFound $gone 'Check the path'
    }
}

Describe 'A command that <Name>' -Tag Error -ForEach @(
    @{ Name = 'has no destination'; Id = 'DestinationRequired'; Category = 'InvalidArgument'; Target = { [Egress.Output.OutputFormat]::Png }; Advice = '-Destination'
        Command = { Invoke-SegmentationBatch $tiny @quick } }
    @{ Name = 'has a file as destination'; Id = 'DestinationNotWritable'; Category = 'WriteError'; Target = { $tiny[0] }; Advice = '-Destination'
        Command = { Invoke-SegmentationBatch $tiny @quick -Destination $tiny[0] } }
    @{ Name = 'has a destination that nobody can make'; Id = 'DestinationNotWritable'; Category = '*'; Target = { '/proc/masks' }; Advice = '-Destination'
        Command = { Invoke-SegmentationBatch $tiny @quick -Destination /proc/masks } }
    @{ Name = 'has a variable as destination'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Target = { 'Env:/masks' }; Advice = 'file system'
        Command = { Invoke-SegmentationBatch $tiny @quick -Destination Env:/masks } }
    @{ Name = 'has a destination on no drive'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Target = { 'NoSuchDrive:/masks' }; Advice = 'file system'
        Command = { Invoke-SegmentationBatch $tiny @quick -Destination NoSuchDrive:/masks } }
    @{ Name = 'wants logits as PNG'; Id = 'OutputFormatUnsupported'; Category = 'InvalidArgument'; Target = { [Egress.Output.OutputFormat]::Png }; Advice = 'Npy'
        Command = { Invoke-SegmentationBatch $tiny @quick -OutputKind Logits -OutputFormat Png -Destination "$folder/never" } }
    @{ Name = 'traces into no folder'; Id = 'OutputWriteFailed'; Category = 'WriteError'; Target = { "$folder/no/trace.json" }; Advice = '-TracePath'
        Command = { Invoke-SegmentationBatch $tiny @quick -OutputFormat None -TracePath "$folder/no/trace.json" } }
    @{ Name = 'names no device'; Id = 'DeviceSpecInvalid'; Category = 'InvalidArgument'; Target = { 'gpu' }; Advice = 'cuda:N'
        Command = { Invoke-SegmentationBatch $tiny -Device gpu -OutputFormat None } }
    @{ Name = 'names a duration that is none'; Id = 'DeviceSpecInvalid'; Category = 'InvalidArgument'; Target = { 'simulated:compute=fast' }; Advice = 'compute=MS'
        Command = { Invoke-SegmentationBatch $tiny -Device simulated:compute=fast -OutputFormat None } }
    @{ Name = 'names devices of two kinds'; Id = 'DeviceSpecInvalid'; Category = 'InvalidArgument'; Target = { 'cpu, cuda:0' }; Advice = 'cuda:0,cuda:1'
        Command = { Invoke-SegmentationBatch $tiny -Device cpu, cuda -OutputFormat None } }
    @{ Name = 'names a device twice'; Id = 'DeviceSpecInvalid'; Category = 'InvalidArgument'; Target = { 'cpu, cpu' }; Advice = 'cuda:0,cuda:1'
        Command = { Invoke-SegmentationBatch $tiny -Device cpu, cpu -OutputFormat None } }
    @{ Name = 'names a GPU that is not there'; Id = 'DeviceNotFound'; Category = 'ResourceUnavailable'; Target = { 'cuda:63' }; Advice = 'Get-EgressDevice'
        Command = { Invoke-SegmentationBatch $tiny -Device cuda:63 -OutputFormat None } }
    @{ Name = 'names no strategy'; Id = 'OptionInvalid'; Category = 'InvalidArgument'; Target = { 'Fastest' }; Advice = 'Baseline, MultiWorker, BufferPool, AsyncCopy, Pipelined'
        Command = { Invoke-SegmentationBatch $tiny @quick -OutputFormat None -Strategy Fastest } }
    @{ Name = 'names no model'; Id = 'ModelUnknown'; Category = 'ObjectNotFound'; Target = { 'resnet' }; Advice = 'deeplabv3_resnet50'
        Command = { Invoke-SegmentationBatch $tiny @onCpu -Model resnet } }
    @{ Name = 'wants more memory for a pool than there is'; Id = 'HostMemoryExhausted'; Category = 'ResourceUnavailable'; Target = { 64TB }; Advice = 'Labels'
        Command = { New-PinnedBufferPool 64 -BufferSize 1TB } }
    @{ Name = 'wants more memory than numbers go'; Id = 'HostMemoryExhausted'; Category = 'ResourceUnavailable'; Target = { [long]::MaxValue }; Advice = '-BatchSize'
        Command = { New-PinnedBufferPool 4096 -BatchSize 65536 -ImageSize 16384 -ClassCount 32767 -OutputKind Logits } }
    @{ Name = 'wants more memory for a run than there is'; Id = 'HostMemoryExhausted'; Category = 'ResourceUnavailable'; Target = { 2 * 65536L * 21 * 4 * 16384 * 16384 }; Advice = '-ImageSize'
        Command = { Invoke-SegmentationBatch -Synthetic 1 -Device simulated -BatchSize 65536 -ImageSize 16384 -OutputKind Logits -BufferCount 2 } }
) {
    It 'ends with one error, without results' {
        $outcome = Get-Outcome $Command
        $outcome.Terminating | Should -Not -BeNullOrEmpty
        Assert-ErrorRecord $outcome.Terminating $Id ($Category -eq '*' ? $outcome.Terminating.CategoryInfo.Category : $Category) (& $Target) $Advice
        $outcome.Results + $outcome.Errors | Should -BeNullOrEmpty
        { Wait-EgressThread } | Should -Not -Throw
        "$folder/never" | Should -Not -Exist
    }
}

Describe 'Weights that <Name>' -Tag Error -ForEach @(
    @{ Name = 'do not exist'; Id = 'PathNotFound'; Category = 'ObjectNotFound'; Advice = 'Check the path'; Says = 'no file'; Make = { "$folder/none.safetensors" } }
    @{ Name = 'are a folder'; Id = 'PathNotAFile'; Category = 'InvalidArgument'; Advice = 'Name a file'; Says = 'folder'; Make = { New-TestFolder } }
    @{ Name = 'are something else'; Id = 'WeightsInvalid'; Category = 'InvalidData'; Advice = 'safetensors'; Says = 'header'; Make = { $photo } }
    @{ Name = 'end too early'; Id = 'WeightsInvalid'; Category = 'InvalidData'; Advice = 'again'; Says = 'bytes'
        Make = {
            Write-SafetensorsFile "$folder/short.safetensors" (Get-DeepLabParameter)
            $file = [System.IO.File]::OpenWrite("$folder/short.safetensors")
            $file.SetLength($file.Length - 1)
            $file.Dispose()
            "$folder/short.safetensors"
        } }
    @{ Name = 'lack a parameter'; Id = 'WeightsMismatch'; Category = 'InvalidData'; Advice = '-Model'; Says = '1 missing: backbone.conv1.weight.'
        Make = {
            $parameters = Get-DeepLabParameter
            $parameters.Remove('backbone.conv1.weight')
            Write-SafetensorsFile "$folder/lacking.safetensors" $parameters
            "$folder/lacking.safetensors"
        } }
    @{ Name = 'have a wrong name'; Id = 'WeightsMismatch'; Category = 'InvalidData'; Advice = '-Model'; Says = '1 missing: classifier.4.bias. 1 unexpected: classifier.4.offset.'
        Make = {
            $parameters = Get-DeepLabParameter
            $parameters.Remove('classifier.4.bias')
            $parameters['classifier.4.offset'] = @(21)
            Write-SafetensorsFile "$folder/misnamed.safetensors" $parameters
            "$folder/misnamed.safetensors"
        } }
    @{ Name = 'are for another number of classes'; Id = 'WeightsMismatch'; Category = 'InvalidData'; Advice = '-ClassCount'
        Says = '2 different: classifier.4.weight (shape *5, 256, 1, 1* instead of *21, 256, 1, 1*), classifier.4.bias (shape *5* instead of *21*).'
        Make = { Write-SafetensorsFile "$folder/five.safetensors" (Get-DeepLabParameter -ClassCount 5); "$folder/five.safetensors" } }
    @{ Name = 'are whole numbers'; Id = 'WeightsMismatch'; Category = 'InvalidData'; Advice = '-Model'; Says = 'different: *of type I64*'
        Make = { Write-SafetensorsFile "$folder/whole.safetensors" (Get-DeepLabParameter) -Type I64; "$folder/whole.safetensors" } }
) {
    It 'end the command and say what is wrong with them' {
        $weights = & $Make
        $outcome = Get-Outcome { Invoke-SegmentationBatch $tiny @onCpu -Weights $weights }
        Assert-ErrorRecord $outcome.Terminating $Id $Category $weights $Advice
        $outcome.Terminating.Exception.Message | Should -BeLike "*$Says*"
        $outcome.Results + $outcome.Errors | Should -BeNullOrEmpty
    }
}

Describe 'Weights of nothing that fits' -Tag Error {
    It 'name the first few parameters and count them all' {
        Write-SafetensorsFile "$folder/other.safetensors" ([ordered]@{ 'a.weight' = @(1); 'b.weight' = @(1) })
        $count = (Get-DeepLabParameter).Count
        $outcome = Get-Outcome { Invoke-SegmentationBatch $tiny @onCpu -Weights "$folder/other.safetensors" }
        $outcome.Terminating.Exception.Message | Should -BeLike "*$count missing: backbone.conv1.weight, backbone.bn1.weight, *, …. 2 unexpected: a.weight, b.weight."
        $outcome.Terminating.Exception.Message.Length | Should -BeLessThan 1000
    }
}

Describe 'Damaged pictures in a large run' -Tag Error {
    BeforeAll {
        $many = New-TestFolder
        0..39 | ForEach-Object { $null = New-TinyPicture ('{0}/{1:d2}.png' -f $many, $_) }
        $damaged = '07', '20', '39' | ForEach-Object { Copy-Part $tiny[0] "$many/$_.png" 0.6 }
        $whole = @([System.IO.Directory]::GetFiles($many) | Where-Object { $_ -notin $damaged } | Sort-Object)
        $names = $whole | ForEach-Object { [System.IO.Path]::GetFileName($_) }

        function Assert-Whole([string[]] $Path) {
            $Path | ForEach-Object { $header = Read-PngHeader $_; $header.Width, $header.Height } | Select-Object -Unique | Should -Be 4, 2
        }
    }

    It 'cost nothing but their own masks' {
        $masks = New-TestFolder
        $outcome = Get-Outcome { Get-ChildItem $many | Invoke-SegmentationBatch @quick -Destination $masks -BatchSize 4 }
        $outcome.Errors.TargetObject | Should -Be $damaged
        $outcome.Results.Path | Should -Be $whole
        Get-FileName $masks | Should -Be $names
        Assert-Whole $outcome.Results.OutputPath
    }

    It 'end it with -ErrorAction Stop, after everything before them, and the next run goes on from there' {
        $masks = New-TestFolder
        $outcome = Get-Outcome { Get-ChildItem $many | Invoke-SegmentationBatch @quick -Destination $masks -BatchSize 4 -ErrorAction Stop }
        $outcome.Terminating.FullyQualifiedErrorId | Should -Be 'PictureDamaged,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        $outcome.Terminating.TargetObject | Should -Be $damaged[0]
        $outcome.Results.Path | Should -Be $whole[0..6]

        # Outputs beyond the damaged picture may be finished too. All that are there are whole, and none is computed again.
        $finished = @(Get-FileName $masks)
        $finished | Should -Be $names[0..($finished.Count - 1)]
        Assert-Whole ($finished | ForEach-Object { "$masks/$_" })
        $next = Get-Outcome { Get-ChildItem $many | Invoke-SegmentationBatch @quick -Destination $masks -BatchSize 4 }
        @($next.Results | Where-Object Status -EQ Skipped).Count | Should -Be $finished.Count
        Get-FileName $masks | Should -Be $names
    }
}

Describe 'An output in whose place a folder stands' -Tag Error {
    It "is that picture's error, and the others go on; once the folder is gone, the same command does what is missing" {
        $masks = New-TestFolder
        $null = New-Item "$masks/2.png" -ItemType Directory
        $outcome = Get-Outcome { $tiny | Invoke-SegmentationBatch @quick -Destination $masks -BatchSize 1 -WorkerCount 1 }
        $outcome.Terminating | Should -BeNullOrEmpty
        $outcome.Errors | Should -HaveCount 1
        Assert-ErrorRecord $outcome.Errors[0] OutputNameInvalid InvalidArgument "$masks/2.png" 'Remove what stands there'
        $outcome.Results.OutputPath | Should -Be (@(0, 1) + 3..9 | ForEach-Object { "$masks/$_.png" })
        { Wait-EgressThread } | Should -Not -Throw

        Remove-Item "$masks/2.png"
        $again = ($tiny | Invoke-SegmentationBatch @quick -Destination $masks).Status
        $again | Should -Be (@('Skipped') * 2 + 'Written' + @('Skipped') * 7)
    }
}

Describe 'A libtorch that does not load' -Tag Error {
    BeforeAll {
        # As a session meets it: one error that says what the linker said, where it looked and what to do.
        function Get-LoadError([string] $Folder) {
            Invoke-Pwsh -Environment @{ EGRESS_LIBTORCH = $Folder } -ArgumentList (Get-EgressPath 'Egress.psd1') {
                param($manifest)
                Import-Module $manifest
                try {
                    Invoke-SegmentationBatch -Synthetic 1 -Device cpu -ImageSize 16
                }
                catch {
                    $simulated = @(Invoke-SegmentationBatch -Synthetic 2 -Device simulated -ImageSize 16)
                    @{
                        Id = $_.FullyQualifiedErrorId; Category = "$($_.CategoryInfo.Category)"; Message = $_.ErrorDetails.Message
                        Advice = $_.ErrorDetails.RecommendedAction; Target = "$($_.TargetObject)"; Simulated = $simulated.Count
                        Reason = (Get-EgressDevice cpu).Reason
                    }
                }
            }
        }
    }

    It 'is named where EGRESS_LIBTORCH names <Name>' -ForEach @(
        @{ Name = 'an empty folder'; Says = 'libtorch'; Make = { New-TestFolder } }
        @{ Name = 'no folder'; Says = 'EGRESS_LIBTORCH'; Make = { "$(New-TestFolder)/none" } }
        @{ Name = 'a folder with something else in its place'; Says = 'libtorch'; Make = {
                $broken = New-TestFolder
                Get-ChildItem (Get-EgressPath 'module/bin/deps') -Filter 'lib*.so*' | ForEach-Object { Set-Content "$broken/$($_.Name)" 'no library' }
                $broken
            } }
    ) {
        $place = & $Make
        $failure = Get-LoadError $place
        $failure.Id | Should -Be 'RuntimeNotLoaded,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        $failure.Category | Should -Be 'NotInstalled'
        $failure.Message | Should -BeLike "*$Says*"
        $failure.Message | Should -BeLike "*$place*"
        $failure.Advice | Should -BeLike '*EGRESS_LIBTORCH*'
        $failure.Simulated | Should -Be 2
        $failure.Reason | Should -Not -BeNullOrEmpty
    }
}

Describe 'The ids' -Tag Error {
    It 'that scripts match are still there' {
        $constants = [Egress.EgressErrorId].GetFields() | Where-Object IsLiteral
        $constants | ForEach-Object { $_.GetRawConstantValue() | Should -BeExactly $_.Name }
        foreach ($id in @(
                'PathNotFound', 'PathNotAFile', 'PictureFormatUnknown', 'PictureDamaged', 'PictureTooLarge', 'InputUnreadable', 'DestinationRequired'
                'DestinationNotWritable', 'OutputWriteFailed', 'OutputNameCollision', 'OutputReplacesInput', 'OutputFormatUnsupported', 'ModelUnknown'
                'ModelFileInvalid', 'ModelInputMismatch', 'ModelOutputUnknown', 'ModelOutputUnsupported', 'ModelDeviceMismatch', 'ModelFailed'
                'NativeCodeNotAllowed', 'WeightsInvalid', 'WeightsClassRefused', 'WeightsMismatch', 'BufferPoolTooSmall', 'BufferPoolUnavailable', 'MemoryNotPinned', 'HostMemoryExhausted'
                'OpenFilesExhausted', 'ThreadsExhausted', 'DeviceMemoryExhausted', 'DeviceNotFound', 'DeviceSpecInvalid', 'CudaCallFailed', 'RuntimeNotLoaded', 'OptionInvalid', 'PipelineFault')) {
            $constants.Name | Should -Contain $id
        }
    }
}

Describe 'A value out of range' -Tag Error {
    It '<Command> -<Parameter> <Value>' -ForEach @(
        foreach ($parameter in 'BatchSize', 'WorkerCount', 'LoaderCount', 'BufferCount', 'ClassCount', 'MaxPixels') {
            @{ Command = 'Invoke-SegmentationBatch'; Parameter = $parameter; Value = 0 }
        }
        @{ Command = 'Invoke-SegmentationBatch'; Parameter = 'Synthetic'; Value = 0 }
        @{ Command = 'Invoke-SegmentationBatch'; Parameter = 'ImageSize'; Value = 15 }
        @{ Command = 'Invoke-SegmentationBatch'; Parameter = 'ClassCount'; Value = 32768 }
        foreach ($parameter in 'BatchSize', 'WorkerCount', 'LoaderCount', 'ClassCount', 'Steps', 'Repeat') {
            @{ Command = 'Measure-EgressThroughput'; Parameter = $parameter; Value = 0 }
        }
        @{ Command = 'Measure-EgressThroughput'; Parameter = 'WarmupSteps'; Value = -1 }
        @{ Command = 'New-PinnedBufferPool'; Parameter = 'BufferSize'; Value = 0 }
        @{ Command = 'New-PinnedBufferPool'; Parameter = 'Count'; Value = 0 }
    ) {
        $arguments = @{ $Parameter = $Value }
        { & $Command @arguments } | Should -Throw -ErrorId "ParameterArgumentValidationError,Egress.Cmdlets.Commands.$($Command -replace '-')Command"
    }
}
