# What people see and type: table and list views, completion of arguments, progress and messages.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }

    # The lines of a view, without colours and without the blank ones around it.
    function Get-View($InputObject, [int] $Width = 120) {
        $text = ($InputObject | Out-String -Width $Width) -replace '\e\[[0-9;]*m'
        @($text -split '\r?\n' | Where-Object { $_.Trim() })
    }

    # Whether all lines fit and no column but the last ones lost a part of its value.
    function Assert-Fit([string[]] $Lines, [string[]] $Label, [string[]] $Contains) {
        $Lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 120 }
        -split $Lines[0] | Should -Be $Label
        foreach ($text in $Contains) {
            ($Lines -join "`n") | Should -BeLike "*$([WildcardPattern]::Escape($text))*"
        }
    }
}

Describe 'The table of results' -Tag Display {
    It 'fits 120 columns' {
        $results = [Egress.Segmentation.SegmentationResult]@{
            Path = '/data/pictures/IMG_20240131_235959.jpeg'; OutputPath = '/data/masks/IMG_20240131_235959.png'; Status = 'Processed'
            Width = 16384; Height = 12345; OutputBytes = 999999999999; Batch = 123456; Device = 'simulated'
        }, [Egress.Segmentation.SegmentationResult]@{
            Path = "/data/$('long' * 30).png"; OutputPath = "/data/masks/$('long' * 30).png"; Status = 'Skipped'
        }
        $view = Get-View $results
        Assert-Fit $view Picture, Size, Status, Device, Bytes, Output @(
            'IMG_20240131_235959.jpeg', '16384×12345', 'Processed', 'simulated', '999999999999', '/data/masks/IMG_20240131_235959.png')
        $view | Should -HaveCount 4
        $view[3] | Should -BeLike 'longlong*… *Skipped *0 */data/masks/longlong*…'
        $view[3] | Should -Not -Match '0×0'
    }

    It 'is what a run shows' {
        $view = Get-View (Invoke-SegmentationBatch -Synthetic 2 @quick)
        $view[2] | Should -Match '^synthetic-000000 +16×16 Processed simulated +256 *$'
    }
}

Describe 'The table of embedded batches' -Tag Display {
    It 'fits 120 columns' {
        $results = [Egress.Embedding.EmbeddingBatchResult]@{
            Batch = 12345678; Status = 'Processed'; Ids = [string[]] ('a', 'b'); Location = '/data/vectors.duckdb: embeddings'; Dimension = 16384
            TokenCount = 1234567890; PaddingShare = 0.234; OutputBytes = 9999999999999; Device = 'simulated'
        }, [Egress.Embedding.EmbeddingBatchResult]@{ Status = 'Skipped'; Ids = [string[]] 'a'; Location = "/data/$('long' * 30)" }
        $view = Get-View $results
        Assert-Fit $view Batch, Sequences, Status, Tokens, Padding, Dim, Bytes, Location @(
            '12345678', '2 Processed', '1234567890', '23%', '16384', '9999999999999', '/data/vectors.duckdb: embeddings')
        $view[3] | Should -Match '^ +1 Skipped +0 /data/longlong.*…$'
    }

    It 'is what a run shows' {
        $view = Get-View (Invoke-EmbeddingBatch -Synthetic 3 -BatchSize 2 -MaxLength 8 -Device (Get-InstantDevice))
        $view[2] | Should -Match '^ +0 +2 Processed +16 +0% +768 +6144 *$'
        $view[3] | Should -Match '^ +1 +1 Processed +8 +0% +768 +3072 *$'
    }
}

Describe 'The table of matches' -Tag Display {
    It 'fits 120 columns, and shows the beginning of a text' {
        $found = [Egress.Vectors.VectorMatch]@{ Query = "a`nquestion $('long ' * 20)"; Rank = 1; Id = 'docs/en-US/about_Egress_Embeddings:123'; Score = 0.98765; Metric = 'InnerProduct'; Text = 'A text ' * 20 },
            [Egress.Vectors.VectorMatch]@{ Rank = 1000; Id = 'a'; Score = -1234.5678; Metric = 'Cosine' }
        $view = Get-View $found
        $view[0] | Should -MatchExactly '^ +Query: a question (long )+lon…$'
        $view[4] | Should -MatchExactly '^ +Query: a vector$'
        $view = $view -notmatch 'Query:'
        Assert-Fit $view Rank, Score, Metric, Id, Text @('0.9877', 'InnerProduct', 'about_Egress_Embed', '1000', '-1234.5678', 'A text A text')
        $view[2] | Should -BeLike '*…'
    }
}

Describe 'The table of pools' -Tag Display {
    It 'fits 120 columns' {
        $pool = New-PinnedBufferPool 2 -BufferSize 2500000 -Pageable
        $view = Get-View $pool
        Assert-Fit $view Id, Count, BufferBytes, TotalGB, Kind, Available, IsRemoved @('2500000', '0.005', 'Pageable', 'False')
        Remove-PinnedBufferPool $pool
        (Get-View $pool)[2] | Should -BeLike '*True*'
    }
}

Describe 'The table of measurements' -Tag Display {
    It 'fits 120 columns, the largest numbers too' {
        $largest = [Egress.Measurement.ThroughputResult]@{
            Strategy = 'MultiWorker'; Model = 'deeplabv3_resnet50'; Device = 'cuda:0'; Precision = 'BFloat16'; OutputKind = 'Logits'; BatchSize = 65536
            ImageSize = 16384; ClassCount = 32767; WorkerCount = 128; BufferCount = 256; LoaderCount = 128; Repeat = 9; Steps = 1000
            StepsPerSecond = 12345.678; ImagesPerSecond = 1234567.89; EgressGBPerSecond = 1234.567; StepMilliseconds = 0.1; P99Milliseconds = 0.2; Speedup = 123.456
            LimitStepsPerSecond = 99999.99; Noise = 0.234; IsNoisy = $true; LimitedBy = 'Processing'; Efficiency = 1; HostMemoryBytes = 1
            Limits = (Measure-EgressThroughput @quick -BatchSize 1 -Steps 1 -WarmupSteps 0).Limits
        }
        $view = Get-View $largest
        Assert-Fit $view Strategy, Device, Output, Batch, Wkr, Buf, Steps/s, ±, Images/s, GB/s, Speedup, Limit/s, LimitedBy, Eff. @(
            'MultiWorker', 'cuda:0', 'Logits', '65536', '128', '256', '12345.68', '23%!', '1234567.9', '1234.57', '123.46', '99999.99', 'Processing', '100%')
    }

    It 'is what a measurement shows' {
        $results = Measure-EgressThroughput Baseline @quick -BatchSize 2 -Steps 3 -WarmupSteps 0
        $view = Get-View $results
        ($view -join "`n") | Should -Match "Baseline +simulated… +Logits +2 +\d+ +0 .* 1\.00 .* $($results.LimitedBy) +\d+%"
        $view | ForEach-Object { $_.Length | Should -BeLessOrEqual 120 }
    }

    It 'has gaps where nothing was measured' {
        $result = Measure-EgressThroughput @quick -BatchSize 2 -Steps 3 -WarmupSteps 0 -NoLimit
        (Get-View $result)[2] | Should -Not -Match '%|Compute|Processing|Copy|Input'
    }
}

Describe 'The table of devices' -Tag Display {
    It 'fits 120 columns' {
        $devices = [Egress.Devices.EgressDeviceInfo]@{
            Name = 'cuda:15'; Kind = 'Cuda'; Description = 'NVIDIA RTX PRO 6000 Blackwell Server Edition'; IsUsable = $true; FreeMemoryBytes = 287999999999
            TotalMemoryBytes = 287999999999; LibtorchVersion = '2.10.0'; CudaRuntimeVersion = '13.0'
        }, [Egress.Devices.EgressDeviceInfo]@{ Name = 'cuda'; Kind = 'Cuda'; Description = 'No CUDA device'; IsUsable = $false; Reason = 'No NVIDIA driver is installed.' }
        Assert-Fit (Get-View $devices) Name, Usable, Description, FreeGB, Libtorch, CUDA, Reason @(
            'cuda:15', 'True', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', '288.0', '2.10.0', '13.0', 'False', 'No NVIDIA driver')
    }

    It 'is what this machine shows' {
        $view = Get-View (Get-EgressDevice)
        $view | ForEach-Object { $_.Length | Should -BeLessOrEqual 120 }
        @($view | Where-Object { $_ -match '^(cpu|simulated) +True ' }) | Should -HaveCount 2
    }
}

Describe 'The list view' -Tag Display {
    It 'shows all that <Type> has' -ForEach @(
        @{ Type = 'SegmentationResult'; Make = { Invoke-SegmentationBatch -Synthetic 1 @quick } }
        @{ Type = 'EmbeddingBatchResult'; Make = { Invoke-EmbeddingBatch -Synthetic 1 -MaxLength 8 -Device (Get-InstantDevice) } }
        @{ Type = 'ThroughputResult'; Make = { Measure-EgressThroughput @quick -BatchSize 2 -Steps 3 -WarmupSteps 0 } }
        @{ Type = 'HostBufferPool'; Make = { New-PinnedBufferPool 1 -BufferSize 4096 -Pageable } }
        @{ Type = 'EgressDeviceInfo'; Make = { Get-EgressDevice cpu } }
    ) {
        $item = & $Make
        $item.GetType().Name | Should -Be $Type
        $view = Get-View ($item | Format-List)
        $view | ForEach-Object { $_.Length | Should -BeLessOrEqual 120 }
        foreach ($property in $item.PSObject.Properties) {
            @($view | Where-Object { $_ -match "^$($property.Name) +:" }) | Should -HaveCount 1
        }
    }
}

Describe 'Completion' -Tag Display {
    BeforeAll {
        function Get-Completion([string] $Line) {
            (TabExpansion2 $Line $Line.Length).CompletionMatches
        }
    }

    It 'of ''<Line>'' offers <Expected>' -ForEach @(
        @{ Line = 'Invoke-SegmentationBatch -Strategy '; Expected = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined' }
        @{ Line = 'Invoke-SegmentationBatch -Strategy b'; Expected = 'Baseline', 'BufferPool' }
        @{ Line = "Invoke-SegmentationBatch -Strategy 'pi"; Expected = 'Pipelined' }
        @{ Line = 'Measure-EgressThroughput '; Expected = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined' }
        @{ Line = 'Measure-EgressThroughput -Strategy Baseline, m'; Expected = 'MultiWorker' }
        @{ Line = 'Measure-EgressThroughput -OutputKind L'; Expected = 'Labels', 'Logits' }
        @{ Line = 'Invoke-SegmentationBatch -OutputKind '; Expected = 'Confidence', 'Labels', 'Logits', 'Probabilities' }
        @{ Line = 'Invoke-SegmentationBatch -OutputFormat '; Expected = 'None', 'Npy', 'Npz', 'Png', 'Raw', 'Zarr' }
        @{ Line = 'New-PinnedBufferPool -Precision '; Expected = 'BFloat16', 'Float16', 'Float32' }
        @{ Line = 'Invoke-SegmentationBatch -Model deep'; Expected = 'deeplabv3_resnet50', 'deeplabv3_resnet101', 'deeplabv3_mobilenet_v3_large' }
        @{ Line = 'Measure-EgressThroughput -Model deep'; Expected = 'deeplabv3_resnet50', 'deeplabv3_resnet101', 'deeplabv3_mobilenet_v3_large' }
        @{ Line = 'Invoke-EmbeddingBatch -Model bert_'; Expected = 'bert_base', 'bert_mini', 'bert_tiny' }
        @{ Line = 'Measure-EgressThroughput -Workload Embedding -Model '; Expected = 'bert_base', 'bert_mini', 'bert_tiny' }
        @{ Line = 'Find-EgressVector -Device '; Expected = 'cpu'; Also = '^cuda:\d+$' }
        @{ Line = 'Invoke-EmbeddingBatch -Strategy b'; Expected = 'Baseline', 'BufferPool' }
        @{ Line = 'Invoke-EmbeddingBatch -Pooling '; Expected = 'Cls', 'Last', 'Mean', 'None' }
        @{ Line = 'Find-EgressVector -Metric '; Expected = 'Cosine', 'InnerProduct', 'L2' }
        @{ Line = 'Invoke-SegmentationBatch -Device c'; Expected = 'cpu'; Also = '^cuda:\d+$' }
        @{ Line = 'Get-EgressDevice c'; Expected = 'cpu'; Also = '^cuda:\d+$' }
        @{ Line = 'Measure-EgressThroughput -Device sim'; Expected = 'simulated', "'simulated:compute=20,copy=10,processing=40'" }
        @{ Line = 'Invoke-SegmentationBatch -Strategy nothing'; Expected = @() }
    ) {
        $texts = @((Get-Completion $Line).CompletionText)
        $rest = $Also ? @($texts -notmatch $Also) : $texts
        $rest | Should -Be $Expected
    }

    It 'of -Model of <_> offers paths where no name fits' -ForEach 'Invoke-EmbeddingBatch', 'Find-EgressVector', 'Measure-EgressThroughput', 'Optimize-EgressPipeline' {
        $folder = New-TestFolder
        $null = New-Item "$folder/my encoder" -ItemType Directory
        $null = New-Item "$folder/network.pt"
        Push-Location $folder
        try {
            (Get-Completion "$_ -Model ./").CompletionText | Should -Be "'./my encoder'", './network.pt'
            (Get-Completion "$_ -Model netw").CompletionText | Should -Be './network.pt'
            (Get-Completion "$_ -Model $folder/net").CompletionText | Should -Be "$folder/network.pt"
        }
        finally {
            Pop-Location
        }
    }

    It 'explains each value' {
        $strategies = Get-Completion 'Invoke-SegmentationBatch -Strategy '
        $strategies.ToolTip | Select-Object -Unique | Should -HaveCount 5
        ($strategies | Where-Object CompletionText -EQ Pipelined).ToolTip | Should -BeLike '*pinned*'
    }

    It 'gives values that the commands take' {
        foreach ($device in (Get-Completion 'Invoke-SegmentationBatch -Device sim').CompletionText) {
            & ([scriptblock]::Create("Invoke-SegmentationBatch -Synthetic 1 -ImageSize 16 -Device $device")) | Should -HaveCount 1
        }
    }

    It 'knows the commands and their parameters' {
        (Get-Completion 'Measure-Eg').CompletionText | Should -Be 'Measure-EgressThroughput'
        (Get-Completion 'Invoke-SegmentationBatch -OutputF').CompletionText | Should -Be '-OutputFormat'
    }

    It 'loads no library' {
        $loaded = Invoke-Pwsh -ArgumentList (Get-EgressPath 'Egress.psd1') {
            param($manifest)
            Import-Module $manifest
            $count = 0
            foreach ($parameter in 'Strategy', 'Device', 'Model', 'OutputKind', 'Precision') {
                $line = "Measure-EgressThroughput -$parameter "
                $count += (TabExpansion2 $line $line.Length).CompletionMatches.Count
            }

            @{ Completions = $count; Libraries = @([System.IO.File]::ReadLines('/proc/self/maps') | Where-Object { $_ -match 'lib(torch|cuda|vips|nvidia)' }) }
        }
        $loaded.Completions | Should -BeGreaterThan 10
        $loaded.Libraries | Should -BeNullOrEmpty
    }
}

Describe 'Progress' -Tag Display {
    BeforeAll {
        # Long enough to be worth showing: 40 steps of 25 ms.
        $device = 'simulated:compute=25,copy=0,processing=0'
    }

    It 'of a run says how many, how fast, and when it ends where that is known' {
        $session = Invoke-Session { Invoke-SegmentationBatch -Synthetic 40 -Device $args[0] -ImageSize 16 -BatchSize 1 } $device
        $session.Output | Should -HaveCount 40
        $records = @($session.Shell.Streams.Progress)
        $shown = @($records | Where-Object RecordType -EQ Processing)
        $shown.Count | Should -BeGreaterThan 1
        $shown | ForEach-Object { $_.StatusDescription | Should -Match '^\d+ of 40 pictures, \d+\.\d pictures/s$' }
        $shown.Activity | Select-Object -Unique | Should -Be 'Segmenting pictures'
        $shown.PercentComplete | Should -Be ($shown.PercentComplete | Sort-Object)
        $shown[-1].PercentComplete | Should -BeIn (1..100)
        $shown[-1].SecondsRemaining | Should -BeIn (0..60)
        $records[-1].RecordType | Should -Be 'Completed'
        @($records | Where-Object RecordType -EQ Completed) | Should -HaveCount 1
        $records.ActivityId | Select-Object -Unique | Should -HaveCount 1
    }

    It 'of embedding speaks of sequences' {
        $session = Invoke-Session { Invoke-EmbeddingBatch -Synthetic 40 -Device $args[0] -MaxLength 8 -BatchSize 1 } $device
        $session.Output | Should -HaveCount 40
        $shown = @($session.Shell.Streams.Progress | Where-Object RecordType -EQ Processing)
        $shown.Count | Should -BeGreaterThan 1
        $shown | ForEach-Object { $_.StatusDescription | Should -Match '^\d+ of 40 sequences, \d+\.\d sequences/s$' }
        $shown.Activity | Select-Object -Unique | Should -Be 'Embedding sequences'
    }

    It 'of a run over a pipeline knows the end once all paths are there' {
        $picture = New-TinyPicture "$(New-TestFolder)/a.png"
        $session = Invoke-Session {
            param($device, $picture)
            & { 1..20 | ForEach-Object { Start-Sleep -Milliseconds 30; $picture } } |
                Invoke-SegmentationBatch -Device $device -ImageSize 16 -BatchSize 1 -OutputFormat None
        } $device, $picture
        $shown = @($session.Shell.Streams.Progress | Where-Object Activity -EQ 'Segmenting pictures' | Where-Object RecordType -EQ Processing)
        $shown[0].StatusDescription | Should -Match '^\d+ pictures, \d+\.\d pictures/s$'
        $shown[0].PercentComplete | Should -Be -1
    }

    It 'of a measurement says what is measured' {
        $session = Invoke-Session { Measure-EgressThroughput Baseline -Device $args[0] -ImageSize 16 -BatchSize 1 -Steps 40 -WarmupSteps 0 -NoLimit } $device
        $records = @($session.Shell.Streams.Progress)
        $records[0].Activity | Should -BeLike 'Measuring Baseline on simulated*'
        $records[0].StatusDescription | Should -Match '^\d+ of 41 steps, '
        $records[-1].RecordType | Should -Be 'Completed'
    }

    It 'is taken away when a run fails' {
        $folder = New-TestFolder
        $masks = New-TestFolder
        $pictures = 1..40 | ForEach-Object { New-TinyPicture "$folder/$_.png" }
        $session = Invoke-Session {
            param($device, $pictures, $masks)
            $pictures | ForEach-Object {
                Start-Sleep -Milliseconds 30
                if ($_ -like '*/30.png') { Remove-Item $masks -Recurse -Force }
                $_
            } | Invoke-SegmentationBatch -Device $device -ImageSize 16 -BatchSize 1 -Destination $masks
        } $device, $pictures, $masks
        $session.Shell.Streams.Error[-1].FullyQualifiedErrorId | Should -BeLike 'DestinationLost,*'
        $progress = @($session.Shell.Streams.Progress | Where-Object Activity -EQ 'Segmenting pictures')
        $progress.Count | Should -BeGreaterThan 1
        $progress[-1].RecordType | Should -Be 'Completed'
    }

    It 'of a run that takes no time is not shown' {
        $session = Invoke-Session { Invoke-SegmentationBatch -Synthetic 3 -Device $args[0] -ImageSize 16 } (Get-InstantDevice)
        $session.Output | Should -HaveCount 3
        $session.Shell.Streams.Progress | Should -BeNullOrEmpty
    }

    It 'is not shown with -ProgressAction SilentlyContinue' {
        $session = Invoke-Session { Invoke-SegmentationBatch -Synthetic 40 -Device $args[0] -ImageSize 16 -BatchSize 1 -ProgressAction SilentlyContinue } $device
        $session.Output | Should -HaveCount 40
        $session.Shell.Streams.Progress | Should -BeNullOrEmpty
    }
}

Describe '-Verbose' -Tag Display {
    It 'says what a run takes' {
        $all = Invoke-SegmentationBatch -Synthetic 1 @quick -BatchSize 3 -LoaderCount 2 -WorkerCount 4 -BufferCount 5 -Strategy AsyncCopy -Verbose 4>&1
        $all[0] | Should -BeOfType ([System.Management.Automation.VerboseRecord])
        $all[0].Message | Should -BeLike 'deeplabv3_resnet50 on simulated:*, AsyncCopy, batches of 3, 2 loaders, 4 workers, 5 buffers.'
    }

    It 'says what an embedding run takes' {
        $all = Invoke-EmbeddingBatch -Synthetic 1 -MaxLength 8 -Device (Get-InstantDevice) -BatchSize 3 -LoaderCount 2 -WorkerCount 4 -Verbose 4>&1
        $all[0].Message | Should -BeLike 'bert_base on simulated:*, Pipelined, batches of 3, 2 loaders, 4 workers.'
    }

    It 'says which configuration is measured' {
        $all = Measure-EgressThroughput @quick -BatchSize 1 -Steps 1 -WarmupSteps 0 -NoLimit -Verbose 4>&1
        $all[0].Message | Should -BeLike 'Measuring Pipelined, deeplabv3_resnet50, Float32, Logits on simulated:*, batches of 1, *'
    }

    It 'says that devices are asked' {
        (Get-EgressDevice simulated -Verbose 4>&1)[0].Message | Should -BeLike '*libtorch*'
    }

    It 'is quiet unless asked' {
        $all = @(
            Invoke-SegmentationBatch -Synthetic 1 @quick *>&1
            Measure-EgressThroughput @quick -BatchSize 1 -Steps 1 -WarmupSteps 0 -NoLimit *>&1
            Get-EgressDevice simulated *>&1)
        # The summary goes to the information stream, which shows nothing unless it is asked to.
        $all.Where{ $_ -isnot [Management.Automation.InformationRecord] }.ForEach{ $_.GetType().Name } |
            Should -Be 'SegmentationResult', 'ThroughputResult', 'EgressDeviceInfo'
        $all.Where{ $_ -is [Management.Automation.InformationRecord] }.Tags | Should -Be 'EgressRunSummary'
    }
}
