# SPDX-License-Identifier: ISC
# What bash completes after preclude. Commands, options and values are asked of `preclude help`, which prints the command's
# own tables: there is no second list here. Needs bash-completion 2.

# preclude_options PROGRAM COMMAND: a line each, NAME [ARGUMENT], with "=" before an argument that may be left out.
_preclude_options()
{
	"$1" help "$2" 2>/dev/null | awk '/^  --/ {
		line = length($0) > 26 && substr($0, 26, 1) == " " ? substr($0, 1, 26) : $0
		if (sub(/\[=/, " =", line))
			sub(/\] *$/, "", line)
		print line
	}'
}

# What may stand for an argument that help writes so: words as they are, PATH, FILE and CONF as files.
_preclude_value()
{
	local word words=()
	local -r argument=${1#=}

	while read -r -d '|' word; do
		case $word in
		*[A-Z]* | *..*) ;;
		*) words+=("$word") ;;
		esac
	done <<<"$argument|"
	COMPREPLY=($(compgen -W "${words[*]}" -- "$cur"))
	case $argument in
	*PATH* | *FILE* | *CONF*)
		case $cur in
		'?'*) compopt -o filenames && COMPREPLY+=($(compgen -P '?' -f -- "${cur#\?}")) ;;
		*) _filedir ;;
		esac
		;;
	esac
}

_preclude()
{
	local cur prev words cword
	_init_completion -n = || return
	local -r program=$1 command=${words[1]}
	local option argument usage at=2 n=0 rest
	local -A takes=()

	if ((cword == 1)) || { ((cword == 2)) && [[ $command == help ]]; }; then
		COMPREPLY=($(compgen -W "$("$program" help | sed -n 's/^  \([a-z]*\) .*/\1/p; s/,//; s/^  \(--.*\)/\1/p')" \
			-- "$cur"))
		return
	fi
	while read -r option argument; do
		takes[$option]=$argument
	done < <(_preclude_options "$program" "$command")

	# To the first word that is no option, nor the argument of one.
	while ((at < cword)) && [[ ${words[at]} == -?* ]]; do
		option=${words[at]}
		((at++))
		[[ $option != -- ]] || break
		[[ -n ${takes[$option]} && ${takes[$option]} != =* ]] || continue
		if ((at == cword)); then
			# name=/path, as a root is written: readline replaces what follows the "="
			cur=${cur##*=}
			_preclude_value "${takes[$option]}"
			return
		fi
		((at++))
	done
	if ((at == cword)) && [[ ${words[at - 1]} != -- && $cur == --*=* ]]; then
		option=${cur%%=*} cur=${cur#*=}
		_preclude_value "${takes[$option]}"
	elif ((at == cword)) && [[ ${words[at - 1]} != -- && $cur == -* ]]; then
		COMPREPLY=($(compgen -W "${!takes[*]}" -- "$cur"))
	else
		usage=$("$program" help "$command" 2>/dev/null | sed q)
		if [[ $usage == *' COMMAND '* ]]; then
			# COMP_WORDS is split at "=", where words is not.
			for rest in "${words[@]:0:at}"; do
				while [[ -n $rest ]]; do rest=${rest#"${COMP_WORDS[n++]}"}; done
			done
			_command_offset "$n"
		elif [[ $usage == *' PROGRAM'* && $cur != */* ]]; then
			COMPREPLY=($(compgen -c -- "$cur"))
		elif [[ $usage =~ \ (LOG|PROGRAM|\[CONF) ]]; then
			_filedir
		fi
	fi
} && complete -F _preclude preclude
