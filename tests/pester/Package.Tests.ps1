# What would be published: the package without libtorch, which is small enough to be put together here. build/Test-ModulePackage.ps1
# does the whole way through a repository.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $root = Get-EgressPath
    $folder = New-TestFolder
    $output = Invoke-Pwsh -ArgumentList $root, $folder {
        param($root, $folder)
        & "$root/build/New-ModulePackage.ps1" -Root $root -Destination $folder -NoLibtorch -ProjectUri 'https://example.org/egress' 6>&1 | Out-String
    }
    $package = (Get-Item "$folder/Egress/*").FullName
    $data = Import-PowerShellDataFile "$package/Egress.psd1"
}

Describe 'The package' -Tag Package {
    It 'lies in a folder of its version' {
        Split-Path $package -Leaf | Should -Be $data.ModuleVersion
        $output | Should -BeLike "*Publish-PSResource -Path $package*"
    }

    It 'has what a gallery asks for' {
        $data.CmdletsToExport | Should -Not -Contain '*'
        $data.Author, $data.Description, $data.GUID, $data.CompatiblePSEditions, $data.PowerShellVersion | Should -Not -Contain $null
        $data.PrivateData.PSData.Tags | Should -Contain 'PSEdition_Core'
        $data.PrivateData.PSData.LicenseUri | Should -Match '^https://'
        $data.PrivateData.PSData.ProjectUri | Should -Be 'https://example.org/egress'
        $data.PrivateData.PSData.ReleaseNotes | Should -BeLike '*Invoke-SegmentationBatch*'
    }

    It 'has these entries and no others' {
        (Get-ChildItem $package).Name | Sort-Object | Should -Be (
            'CHANGELOG.md', 'Egress.psd1', 'LICENSE', 'README.md', 'en-US', 'licenses', 'module' | Sort-Object)
        (Get-ChildItem "$package/module").Name | Sort-Object | Should -Be 'bin', 'Egress.format.ps1xml'
        Get-ChildItem "$package/module/bin" -File | Where-Object Extension -NotIn '.dll', '.pdb' | Should -BeNullOrEmpty
    }

    It 'is without libtorch, and small' {
        Get-ChildItem "$package/module/bin/deps" -Filter 'libtorch*' | Should -BeNullOrEmpty
        # DuckDB's library alone takes 70 MB.
        (Get-ChildItem $package -Recurse -File | Measure-Object Length -Sum).Sum | Should -BeLessThan 150MB
    }

    It 'has the licence of every package that it lists, in words' {
        $listed = Get-Content "$package/licenses/README.txt" | Select-Object -Skip 2 | ForEach-Object { ($_ -split ' ')[0] }
        $listed | Should -Contain 'TorchSharp'
        $listed | Should -Not -Contain 'libtorch-cpu-linux-x64'
        foreach ($name in $listed) {
            $text = Get-ChildItem "$package/licenses/$name" | Where-Object Name -Match '^(LICEN[CS]E|COPYING)'
            ($text | Measure-Object Length -Sum).Sum | Should -BeGreaterThan 500 -Because "$name is in the package"
            $text | Get-Content -Raw | Should -Not -BeLike '*<copyright>*'
        }
    }

    It 'lists every third-party assembly''s package' {
        $listed = Get-Content "$package/licenses/README.txt" -Raw
        # Assemblies that have not the name of their package.
        $packages = @{
            'DuckDB.NET.Bindings'     = 'DuckDB.NET.Bindings.Full'
            'DuckDB.NET.Data'         = 'DuckDB.NET.Data.Full'
            'ICSharpCode.SharpZipLib' = 'SharpZipLib'
            'Parquet'                 = 'Parquet.Net'
            'ZstdSharp'               = 'ZstdSharp.Port'
        }
        Get-ChildItem "$package/module/bin/deps" -Filter '*.dll' | Where-Object BaseName -NotLike 'Egress*' |
            Where-Object { $listed -notmatch "(?m)^$([regex]::Escape($packages[$_.BaseName] ?? $_.BaseName)) " } | Should -BeNullOrEmpty
    }
}

Describe 'A session that has the package alone' -Tag Package {
    BeforeAll {
        function Invoke-Installed([scriptblock] $Script, [string] $Libtorch = '') {
            $path = "$folder$([System.IO.Path]::PathSeparator)$PSHOME/Modules"
            Invoke-Pwsh -Script $Script -Environment @{ PSModulePath = $path; EGRESS_LIBTORCH = $Libtorch }
        }
    }

    It 'loads it when a command is used' {
        $facts = Invoke-Installed {
            (Invoke-SegmentationBatch -Synthetic 3 -Device simulated -ImageSize 16).Count
            (Get-Module Egress).ModuleBase
        }
        $facts | Should -Be 3, $package
    }

    It 'has the help' {
        $facts = Invoke-Installed {
            @((Get-Help Invoke-SegmentationBatch -Examples).examples.example).Count
            (Get-Help about_Egress | Out-String).Length
        }
        $facts[0] | Should -BeGreaterOrEqual 3
        $facts[1] | Should -BeGreaterThan 1000
    }

    It 'says what to do where no libtorch is' {
        $failure = Invoke-Installed {
            try {
                Invoke-SegmentationBatch -Synthetic 1 -Device cpu -ImageSize 16
            }
            catch {
                @{ Id = $_.FullyQualifiedErrorId; Advice = $_.ErrorDetails.RecommendedAction }
            }
        }
        $failure.Id | Should -BeLike 'RuntimeNotLoaded,*'
        $failure.Advice | Should -BeLike '*EGRESS_LIBTORCH*'
    }

    It 'computes with the libtorch that is named' {
        $result = Invoke-Installed -Libtorch (Join-Path $root 'module/bin/deps') {
            Invoke-SegmentationBatch -Synthetic 1 -Device cpu -ImageSize 16 -Model pointwise
            (Get-EgressDevice cpu).LibtorchOrigin
        }
        $result[0].Status.Value | Should -Be 'Processed'
        $result[1] | Should -Be 'Environment'
    }
}
