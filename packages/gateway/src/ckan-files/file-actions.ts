/** An action of ckanext-files that the gateway translates for a CKAN that has only its own files API. */
export interface FileAction {
  readonly name: string
  /** The action of CKAN 2.12 with the same fields and result. */
  readonly core: string
  /** Whether the action also accepts GET. */
  readonly reads?: true
}

export const SHOW: FileAction = { name: 'files_file_show', core: 'file_show', reads: true }
export const SEARCH: FileAction = { name: 'files_file_search', core: 'file_owner_scan', reads: true }
export const SCAN: FileAction = { name: 'files_file_scan', core: 'file_owner_scan', reads: true }
export const DELETE: FileAction = { name: 'files_file_delete', core: 'file_delete' }

export const FILE_ACTIONS: readonly FileAction[] = [
  SHOW,
  SEARCH,
  SCAN,
  { name: 'files_file_rename', core: 'file_rename' },
  { name: 'files_file_pin', core: 'file_pin' },
  { name: 'files_file_unpin', core: 'file_unpin' },
  { name: 'files_transfer_ownership', core: 'file_ownership_transfer' },
  DELETE,
]

/**
 * The same actions by the core's own names, which CKAN 2.12 alone has. They take the ids of uploads, too, and
 * `file_delete` passes the same check.
 */
export const CORE_ACTIONS: readonly FileAction[] = FILE_ACTIONS.filter(({ core }) => core !== SCAN.core).map(
  (action) => ({ ...action, name: action.core }),
)
