# The help as Get-Help shows it, against the cmdlets as they are: each difference is named. The pages are in docs/en-US.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $commands = @(Get-Command -Module Egress | ForEach-Object { @{ Name = $_.Name } })
    $topics = @(Get-ChildItem "$PSScriptRoot/../../docs/en-US" -Filter 'about_*.md' | ForEach-Object BaseName)
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    Import-Module (Get-EgressPath 'build/HelpExamples.psm1')

    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
    $shouldProcess = 'WhatIf', 'Confirm'

    # Defaults that depend on the machine, by what the help says of them.
    $computed = @{
        'Half the processors, 8 at most' = [string] [System.Math]::Clamp([System.Environment]::ProcessorCount -shr 1, 1, 8)
        'Powers of two up to the processors, 16 at most' = (1, 2, 4, 8, 16 | Where-Object { $_ -le [System.Math]::Max(2, [System.Environment]::ProcessorCount) }) -join ', '
    }

    # Enumerations whose first value stands for a default that is found at run time.
    $later = @('OutputFormat', 'OutputSize', 'Format')

    # What a parameter is where nobody names it, as the help would write it; empty for nothing and for a number that is zero, which
    # can mean that the default is found at run time.
    function Get-CodeDefault($Instance, $Parameter) {
        if ($Parameter.Name -in $shouldProcess -or $Parameter.ParameterType -eq [switch]) {
            return 'False'
        }

        $values = @($Instance.($Parameter.Name))
        $type = $Parameter.ParameterType.IsArray ? $Parameter.ParameterType.GetElementType() : $Parameter.ParameterType
        $isZero = $values.Count -eq 1 -and $type.IsPrimitive -and $values[0] -eq [System.Activator]::CreateInstance($type)
        ($isZero -and -not $Parameter.ParameterType.IsArray) ? '' : ($values -join ', ')
    }

    # The values that a parameter is limited to.
    function Get-CodeValue($Parameter) {
        $type = $Parameter.ParameterType.IsArray ? $Parameter.ParameterType.GetElementType() : $Parameter.ParameterType
        $type = [System.Nullable]::GetUnderlyingType($type) ?? $type
        $set = $Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateSetAttribute] }
        if ($set) { $set.ValidValues } elseif ($type.IsEnum) { [enum]::GetNames($type) }
    }

    function Get-PipelineInput($Sets) {
        $ways = @(
            if ($Sets.ValueFromPipeline -contains $true) { 'ByValue' }
            if ($Sets.ValueFromPipelineByPropertyName -contains $true) { 'ByPropertyName' })
        $ways ? "True ($($ways -join ', '))" : 'False'
    }
}

Describe 'The help of <Name>' -Tag Help -ForEach $commands {
    BeforeAll {
        $command = Get-Command $Name
        $instance = $command.ImplementingType::new()
        $help = Get-Help $Name -Full
        $documented = @{}
        $help.parameters.parameter | Where-Object { $_ } | ForEach-Object { $documented[$_.name] = $_ }
        $parameters = @($command.Parameters.Values | Where-Object Name -NotIn $common)

        # Checks one thing of every parameter that is in both the code and the help.
        function Get-Difference([scriptblock] $Code, [scriptblock] $Help) {
            foreach ($parameter in $parameters | Where-Object { $documented.ContainsKey($_.Name) }) {
                $wanted = & $Code $parameter
                $found = & $Help $documented[$parameter.Name]
                if ("$wanted" -cne "$found") {
                    "-$($parameter.Name): '$wanted' in the code, '$found' in the help"
                }
            }
        }
    }

    It 'is written' {
        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        ($help.description.Text -join '').Length | Should -BeGreaterThan 100
        $help.inputTypes.inputType | Should -Not -BeNullOrEmpty
        $help.returnValues.returnValue | Should -Not -BeNullOrEmpty
        $help.alertSet.alert.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
        $help.parameters.parameter | Where-Object { -not ($_.description.Text -join '').Trim() } | ForEach-Object name | Should -BeNullOrEmpty
    }

    It 'names every parameter, and none that does not exist' {
        $differences = @(
            $parameters.Name | Where-Object { -not $documented.ContainsKey($_) } | ForEach-Object { "-$_ is not in the help" }
            $documented.Keys | Where-Object { $_ -notin $parameters.Name } | ForEach-Object { "-$_ is in the help only" })
        $differences | Should -BeNullOrEmpty
    }

    It 'has the parameters'' types' {
        Get-Difference { $args[0].ParameterType.ToString() } { $args[0].type.name } | Should -BeNullOrEmpty
    }

    It 'has the parameters'' aliases' {
        Get-Difference { $args[0].Aliases ? (($args[0].Aliases | Sort-Object) -join ', ') : 'none' } {
            ($args[0].aliases -split ', ' | Sort-Object) -join ', '
        } | Should -BeNullOrEmpty
    }

    It 'says which parameters take wildcards' {
        Get-Difference { [bool] ($args[0].Attributes | Where-Object { $_ -is [System.Management.Automation.SupportsWildcardsAttribute] }) } {
            [bool]::Parse($args[0].globbing)
        } | Should -BeNullOrEmpty
    }

    It 'says what binds from the pipeline' {
        Get-Difference { Get-PipelineInput $args[0].ParameterSets.Values } { $args[0].pipelineInput } | Should -BeNullOrEmpty
    }

    It 'has the parameters'' defaults' {
        $differences = foreach ($parameter in $parameters | Where-Object { $documented.ContainsKey($_.Name) }) {
            $wanted = Get-CodeDefault $instance $parameter
            $found = $documented[$parameter.Name].defaultValue
            $isFoundLater = -not $wanted -or $parameter.Name -in $later
            $agrees = $isFoundLater ? $found -in 'None', '0' -or $found.Contains(' ') : ($computed[$found] ?? $found) -ceq $wanted
            if (-not $agrees) {
                "-$($parameter.Name): '$wanted' in the code, '$found' in the help"
            }
        }
        $differences | Should -BeNullOrEmpty
    }

    It 'has the syntax of each parameter set' {
        # A line a set: its parameters, each with what it must be and where, and the values that it is limited to.
        $code = foreach ($set in $command.ParameterSets) {
            $line = foreach ($parameter in $set.Parameters | Where-Object Name -NotIn $common) {
                $position = $parameter.Position -ge 0 ? $parameter.Position : 'named'
                '{0} {1} {2} {3}' -f $parameter.Name, $parameter.IsMandatory, $position, ((Get-CodeValue $command.Parameters[$parameter.Name]) -join '|')
            }
            ($line | Sort-Object) -join "`n"
        }
        $shown = foreach ($item in $help.syntax.syntaxItem) {
            $line = foreach ($parameter in $item.parameter) {
                $values = $parameter.PSObject.Properties['parameterValueGroup'] ? @($parameter.parameterValueGroup.parameterValue) -join '|' : ''
                '{0} {1} {2} {3}' -f $parameter.name, [bool]::Parse($parameter.required), $parameter.position, $values
            }
            ($line | Sort-Object) -join "`n"
        }
        Compare-Object @($code | Sort-Object) @($shown | Sort-Object) -CaseSensitive | ForEach-Object {
            "$($_.SideIndicator -eq '<=' ? 'only in the code' : 'only in the help'):`n$($_.InputObject)"
        } | Should -BeNullOrEmpty
    }

    It 'has the types that come out' {
        $wanted = $command.OutputType ? $command.OutputType.Name : 'None'
        $help.returnValues.returnValue.type.name | Sort-Object | Should -Be ($wanted | Sort-Object)
    }

    It 'has examples that use parameters which exist' {
        $differences = foreach ($example in Get-HelpExample (Get-EgressPath "docs/en-US/$Name.md")) {
            foreach ($step in $example.Steps) {
                $errors = $null
                $tree = [System.Management.Automation.Language.Parser]::ParseInput($step.Code, [ref] $null, [ref] $errors)
                $errors | ForEach-Object { "$($example.Title): $_" }
                foreach ($use in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                    $used = Get-Command -Module Egress -Name $use.GetCommandName() -ErrorAction Ignore
                    foreach ($element in $use.CommandElements) {
                        if ($used -and $element -is [System.Management.Automation.Language.CommandParameterAst]) {
                            try {
                                $null = $used.ResolveParameter($element.ParameterName)
                            }
                            catch [System.Management.Automation.ParameterBindingException] {
                                "$($example.Title): $($used.Name) has no -$($element.ParameterName)"
                            }
                        }
                    }
                }
            }
        }
        $differences | Should -BeNullOrEmpty
    }

    It 'has links that lead somewhere' {
        foreach ($link in $help.relatedLinks.navigationLink.linkText) {
            $target = $link -like 'about_*' ? "docs/en-US/$link.md" : "docs/en-US/$((Get-Command -Module Egress -Name $link).Name).md"
            Get-EgressPath $target | Should -Exist
        }
    }
}

Describe 'The topic <_>' -Tag Help -ForEach $topics {
    It 'is found, with a synopsis' {
        $topic = Get-Help $_ | Where-Object Name -EQ $_
        $topic.Synopsis.Length | Should -BeGreaterThan 20
        Get-Help $_ | Out-String | Should -BeLike "*# $_*"
    }

    It 'fits a terminal of 80 columns' {
        Get-Content (Get-EgressPath "docs/en-US/$_.md") | Where-Object { $_.Length -gt 80 } | Should -BeNullOrEmpty
    }
}

Describe 'about_Egress_Operations' -Tag Help {
    It 'names every error id, and none that does not exist' {
        $text = [System.IO.File]::ReadAllText((Get-EgressPath 'docs/en-US/about_Egress_Operations.md'))
        $section = [regex]::Match($text, '(?s)\nOf a picture:.*?\nIds are a contract').Value
        $named = [regex]::Matches($section, '\b[A-Z][a-z]+([A-Z][a-z]*)+\b').Value
        $ids = [Egress.EgressErrorId].GetFields() | ForEach-Object Name
        Compare-Object $ids $named | ForEach-Object { "$($_.InputObject) is $($_.SideIndicator -eq '<=' ? 'not in the topic' : 'in the topic only')" } |
            Should -BeNullOrEmpty
    }
}
