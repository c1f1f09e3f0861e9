# How pictures are named to Invoke-SegmentationBatch: pipeline, literal names, wildcards, drives, locations.

BeforeDiscovery {
    $names = @(
        'plain.png', 'with space.png', 'brackets [1].png', '[a-z].png', 'star*.png', 'question?.png', 'dollar$(1).png', '$env:PATH.png'
        'back`tick.png', "single'quote.png", 'double"quote.png', 'semi;colon & more.png', '-dash.png', '#hash.png', 'tilde~.png', 'colon:name.png'
        "line`nfeed.png", ' leading and trailing .png', '.hidden.png', 'two.dots.png', 'no extension', 'ünïcödé.png', '日本語.png', '😀.png'
        ('long' * 60 + '.png')
    ) | ForEach-Object { @{ Name = $_; Shown = $_.Replace("`n", '\n') -replace '(?<=^.{30}).+', '…' } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }

    # A folder with a picture for each name.
    function New-PictureFolder([string[]] $Name) {
        $folder = New-TestFolder
        $Name | ForEach-Object { $null = New-TinyPicture "$folder/$_" }
        $folder
    }
}

Describe 'A picture called <Shown>' -Tag Invoke -ForEach $names {
    BeforeAll {
        $folder = New-PictureFolder $Name
        $file = Get-ChildItem $folder -Force
    }

    It 'comes by the pipeline from Get-ChildItem' {
        $result = $file | Invoke-SegmentationBatch @quick -OutputFormat None
        $result.Path | Should -BeExactly "$folder/$Name"
        $result.Width, $result.Height | Should -Be 4, 2
    }

    It 'comes by -LiteralPath' {
        (Invoke-SegmentationBatch -LiteralPath "$folder/$Name" @quick -OutputFormat None).Path | Should -BeExactly "$folder/$Name"
    }

    It 'comes by -Path with its wildcard characters escaped' {
        (Invoke-SegmentationBatch ([WildcardPattern]::Escape("$folder/$Name")) @quick -OutputFormat None).Path | Should -BeExactly "$folder/$Name"
    }

    It 'gives its mask its own name' {
        $masks = New-TestFolder
        $result = $file | Invoke-SegmentationBatch @quick -Destination $masks
        $expected = [System.IO.Path]::ChangeExtension($Name, '.png')
        $result.OutputPath | Should -BeExactly "$masks/$expected"
        Get-FileName $masks | Should -BeExactly $expected
    }
}

Describe 'A picture with a backslash in its name' -Tag Invoke {
    It 'comes by the pipeline, while a path as text takes it for a slash, as all of PowerShell does' {
        $folder = New-PictureFolder 'back\slash.png'
        (Get-ChildItem $folder | Invoke-SegmentationBatch @quick -OutputFormat None).Path | Should -BeExactly "$folder/back\slash.png"
        Test-Path -LiteralPath "$folder/back\slash.png" | Should -BeFalse
    }
}

Describe 'What the pipeline may bring' -Tag Invoke {
    BeforeAll {
        $folder = New-PictureFolder a.png, b.png, c.png
    }

    It '<What> with a picture''s path' -ForEach @(
        @{ What = 'a text'; Bring = { "$folder/a.png" } }
        @{ What = 'a FileInfo'; Bring = { [System.IO.FileInfo] "$folder/a.png" } }
        @{ What = 'an item'; Bring = { Get-Item "$folder/a.png" } }
        @{ What = 'a PathInfo'; Bring = { Resolve-Path "$folder/a.png" } }
        @{ What = 'an object with Path'; Bring = { [pscustomobject]@{ Path = "$folder/a.png"; Other = 1 } } }
        @{ What = 'an object with LiteralPath'; Bring = { [pscustomobject]@{ LiteralPath = "$folder/a.png" } } }
        @{ What = 'an object with PSPath'; Bring = { [pscustomobject]@{ PSPath = "Microsoft.PowerShell.Core\FileSystem::$folder/a.png" } } }
        @{ What = 'a row of a CSV file'; Bring = { "Path`n$folder/a.png" | ConvertFrom-Csv } }
        @{ What = 'a result of an earlier run'; Bring = { Invoke-SegmentationBatch "$folder/a.png" @quick -OutputFormat None } }
    ) {
        (& $Bring | Invoke-SegmentationBatch @quick -OutputFormat None).Path | Should -BeExactly "$folder/a.png"
    }

    It 'texts with wildcards' {
        ("$folder/[ab].png", "$folder/c*" | Invoke-SegmentationBatch @quick -OutputFormat None).Path |
            Should -BeExactly "$folder/a.png", "$folder/b.png", "$folder/c.png"
    }

    It 'the same picture twice, where nothing is written' {
        ("$folder/b.png", "$folder/b.png" | Invoke-SegmentationBatch @quick -OutputFormat None).Path | Should -Be "$folder/b.png", "$folder/b.png"
    }

    It 'nothing, which is no error' {
        @() | Invoke-SegmentationBatch @quick -OutputFormat None -ErrorVariable errors | Should -BeNullOrEmpty
        $errors | Should -BeNullOrEmpty
    }

    It 'an empty text, which is an error of its own, and the others go on' {
        $results = "$folder/a.png", '', "$folder/b.png" | Invoke-SegmentationBatch @quick -OutputFormat None -ErrorVariable errors -ErrorAction SilentlyContinue
        $results | Should -HaveCount 2
        $errors.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
    }
}

Describe 'Wildcards' -Tag Invoke {
    BeforeAll {
        $folder = New-PictureFolder a.png, b.png, '[ab].png', .hidden.png
        $null = New-Item "$folder/folder.png" -ItemType Directory
    }

    It '<Pattern> means <Expected>' -ForEach @(
        @{ Pattern = '*.png'; Expected = '[ab].png', 'a.png', 'b.png' }
        @{ Pattern = '[ab].png'; Expected = 'a.png', 'b.png' }
        @{ Pattern = '`[ab`].png'; Expected = '[ab].png' }
        @{ Pattern = '?.png'; Expected = 'a.png', 'b.png' }
    ) {
        (Invoke-SegmentationBatch "$folder/$Pattern" @quick -OutputFormat None).Path | Split-Path -Leaf | Sort-Object | Should -Be ($Expected | Sort-Object)
    }

    It 'are parts of the name in -LiteralPath' {
        (Invoke-SegmentationBatch -LiteralPath "$folder/[ab].png" @quick -OutputFormat None).Path | Should -BeExactly "$folder/[ab].png"
    }

    It 'leave folders out' {
        Invoke-SegmentationBatch "$folder/*" @quick -OutputFormat None -ErrorVariable errors | Should -HaveCount 3
        $errors | Should -BeNullOrEmpty
    }
}

Describe 'Locations' -Tag Invoke {
    BeforeAll {
        $folder = New-PictureFolder a.png
        # Where pwsh is and where the process is are two things: relative paths mean the former.
        Push-Location $folder
    }

    AfterAll {
        Pop-Location
    }

    It 'a relative path is taken from the session''s location' {
        (Invoke-SegmentationBatch ./a.png @quick -OutputFormat None).Path | Should -BeExactly "$folder/a.png"
        [System.Environment]::CurrentDirectory | Should -Not -Be $folder
    }

    It 'a relative destination too' {
        (Invoke-SegmentationBatch a.png @quick -Destination masks/new).OutputPath | Should -BeExactly "$folder/masks/new/a.png"
        "$folder/masks/new/a.png" | Should -Exist
    }

    It 'relative weights too' {
        { Invoke-SegmentationBatch a.png -Device cpu -ImageSize 16 -OutputFormat None -Weights nothing.safetensors -ErrorAction Stop } |
            Should -Throw -ErrorId 'PathNotFound,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand' -PassThru |
            ForEach-Object TargetObject | Should -BeExactly "$folder/nothing.safetensors"
    }

    It 'the paths of a PowerShell drive' {
        $null = New-PSDrive EgressTest FileSystem $folder -Scope Script
        $result = Invoke-SegmentationBatch EgressTest:/*.png @quick -Destination EgressTest:/drive
        $result.Path | Should -BeExactly "$folder/a.png"
        $result.OutputPath | Should -BeExactly "$folder/drive/a.png"
    }

    It 'the home folder as ~' {
        $name = "egress-test-$([guid]::NewGuid())"
        try {
            $null = New-TinyPicture "$HOME/$name/a.png"
            (Invoke-SegmentationBatch "~/$name/a.png" @quick -OutputFormat None).Path | Should -BeExactly "$HOME/$name/a.png"
        }
        finally {
            Remove-Item "$HOME/$name" -Recurse
        }
    }

    It 'a link to a picture' {
        $null = New-Item link.png -ItemType SymbolicLink -Value a.png
        (Get-Item link.png | Invoke-SegmentationBatch @quick -OutputFormat None).Path | Should -BeExactly "$folder/link.png"
    }
}
