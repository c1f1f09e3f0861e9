# A session in which another module has brought its own version of a library that Egress uses too.

BeforeDiscovery {
    $versions = @{ Version = '0.0.0.1'; Which = 'an older' }, @{ Version = '99.0.0.0'; Which = 'a newer' }
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $manifest = Get-EgressPath 'Egress.psd1'
    $picture = Get-EgressPath 'samples/pictures/cat.png'
    $names = @(Get-ChildItem (Get-EgressPath 'module/bin/deps') -Filter '*.dll' | Where-Object BaseName -NE 'EgressBackend' | Sort-Object Name | ForEach-Object BaseName)

    # A binary module that brings an assembly of each name, as a module with the same dependencies would.
    function New-OtherModule([string] $Version) {
        $folder = New-TestFolder
        foreach ($name in $names) {
            $identity = [System.Reflection.AssemblyName]::new("$name, Version=$Version")
            $builder = [System.Reflection.Emit.PersistedAssemblyBuilder]::new($identity, [object].Assembly, $null)
            $null = $builder.DefineDynamicModule($name).DefineType("Other.$($name.Replace('.', ''))", 'Public').CreateType()
            $builder.Save("$folder/$name.dll")
        }

        $other = "$folder/Other.psd1"
        New-ModuleManifest $other -RequiredAssemblies ($names | ForEach-Object { "$_.dll" })
        $other
    }

    # Imports the modules in this order, runs Egress between and after them, and says which versions live where.
    function Get-SessionFact([string[]] $Modules) {
        Invoke-Pwsh -ArgumentList $Modules, $picture, (New-TestFolder), $names {
            param($modules, $picture, $masks, $names)
            $results = foreach ($module in $modules) {
                Import-Module $module
                if (Get-Module Egress) {
                    Invoke-SegmentationBatch $picture -Device cpu -ImageSize 32 -Destination $masks -Force
                }
            }

            $loaded = foreach ($assembly in [System.AppDomain]::CurrentDomain.GetAssemblies()) {
                $name = $assembly.GetName()
                if ($name.Name -in $names) {
                    $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($assembly)
                    @{ Name = $name.Name; Version = "$($name.Version)"; IsEgress = $context.Name -eq 'Egress' }
                }
            }

            @{
                Statuses   = @($results | ForEach-Object { "$($_.Status)" })
                Loaded     = @($loaded)
                OtherTypes = @('Other.TorchSharp', 'Other.NetVips' | ForEach-Object { ($_ -as [type]).Assembly.GetName().Version.ToString() })
            }
        }
    }
}

Describe 'Next to a module with <Which> version of each library' -Tag Module -ForEach $versions {
    BeforeAll {
        $other = New-OtherModule $Version
    }

    Context 'that was there first' {
        BeforeAll {
            $facts = Get-SessionFact $other, $manifest
        }

        It 'Egress computes' {
            $facts.Statuses | Should -Be 'Written'
        }

        It 'Egress uses its own' {
            $own = $facts.Loaded.Where{ $_.IsEgress }
            $own.Name | Should -Contain 'TorchSharp'
            $own.Name | Should -Contain 'NetVips'
            $own.Version | Should -Not -Contain $Version
        }

        It 'the other module keeps its own' {
            $theirs = $facts.Loaded.Where{ -not $_.IsEgress }
            $theirs.Name | Sort-Object | Should -Be ($names | Sort-Object)
            $theirs.Version | Select-Object -Unique | Should -Be $Version
            $facts.OtherTypes | Should -Be $Version, $Version
        }
    }

    Context 'that comes afterwards' {
        BeforeAll {
            $facts = Get-SessionFact $manifest, $other
        }

        It 'Egress computes before and after' {
            $facts.Statuses | Should -Be 'Written', 'Written'
        }

        It 'the other module gets its own' {
            $facts.OtherTypes | Should -Be $Version, $Version
        }
    }
}
