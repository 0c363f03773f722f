/**
 * What no plan shows of terraform/: how its provider signs in, and what it would keep in the state.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../support/fixtures';

const FOLDER = path.join(ROOT, 'terraform');
const configuration = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.tf'))
  .map((file) => readFileSync(path.join(FOLDER, file), 'utf8').replaceAll(/^\s*#.*$/gm, ''))
  .join('\n');

describe('terraform/', () => {
  // Without both, Firebase Rules and Billing Budgets answer 403 to somebody who signed in by `gcloud auth application-default login`.
  it("has the project's own quota for every call", () => {
    const provider = /^provider "google" \{\n(.*?)^\}/ms.exec(configuration)?.[1];

    expect(provider).toMatch(/^ {2}user_project_override = true$/m);
    expect(provider).toMatch(/^ {2}billing_project {7}= var\.project_id$/m);
  });

  // Who plans pull requests reads the state.
  it('asks for nothing that is a credential', () => {
    expect(configuration).not.toMatch(/access_token|google_client_config|google_service_account_(?:key|access_token)/);
  });

  it('has its first plan ask only APIs that bootstrap.sh enables', () => {
    const apiOf = new Map([['google_project', 'cloudresourcemanager']]);
    const asked = [...configuration.matchAll(/^data "(\w+)"/gm)].map(([, type]) => apiOf.get(type!) ?? type!);
    const enable = /^gcloud services enable [^]*?[^\\]\n/m.exec(
      readFileSync(path.join(FOLDER, 'bootstrap.sh'), 'utf8'),
    )?.[0];

    expect(asked).toContain('cloudresourcemanager');
    expect([...asked, 'serviceusage'].filter((api) => enable?.includes(`${api}.googleapis.com`) !== true)).toEqual([]);
  });
});
